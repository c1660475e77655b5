import Foundation
import Inbox
import Storage

/// Draws what opens above the inbox, and what scripts make copies of: they write no HTML of their own.
extension InboxView {
    var dialogs: HTML {
        """
        <dialog id="palette" aria-label="Every action"><div class="palette"><input type="text" id="palette-words" role="combobox" aria-expanded="true"
         aria-controls="palette-list" aria-autocomplete="list" aria-label="Find an action, a queue, a conversation" placeholder="Find an action, a queue, a conversation"
         autocomplete="off" dir="auto"><ul id="palette-list" role="listbox" aria-label="Actions"></ul>
        <p class="quiet small" id="palette-none" role="status" hidden>Nothing is called that.</p></div></dialog>
        <dialog id="help" aria-labelledby="help-name"><h2 id="help-name">Keys and settings</h2>
        <table class="keys"><tbody>\(Self.keys.map { "<tr><th scope=\"row\"><kbd>\($0.0)</kbd></th><td>\($0.1)</td></tr>" as HTML })</tbody></table>
        <h3>On this device</h3>
        <label class="switch"><input type="checkbox" id="single-keys"> Single letters are keys</label>
        <label class="switch"><input type="checkbox" id="sound"> A sound when a customer needs a person and no page of the inbox is in front</label>
        <p><button type="button" id="notify">Show notifications</button> <span class="small quiet" id="notify-state" role="status"></span></p>
        <form method="dialog"><button class="main-action">Close</button></form></dialog>
        <template id="sending"><article class="entry teammate mine pending"><p class="who"><strong>You</strong> <span class="chip" data-state>Sending\u{2026}</span></p>
        <div class="words" dir="auto"></div><p class="row-of" data-failed hidden><button type="button" data-again>Send again</button>
        <button type="button" class="plain" data-recall>Back to the field</button></p></article></template>
        <template id="told"><div class="toast" data-toast><p></p><button type="button" data-again hidden>Try again</button></div></template>
        <template id="option"><li role="option"><span></span><kbd></kbd></li></template>
        <ul id="people" hidden>\(teammates.map { "<li data-id=\"\($0.id.text)\">\($0.name)</li>" as HTML })</ul>
        """
    }

    /// Each is also a button or a link that can be seen.
    static let keys: [(String, HTML)] = [
        ("J", "the next in the list"), ("K", "the one before"), ("U", "the next that needs a person"), ("/", "search"), ("T", "take over"),
        ("Enter", "reply"), ("N", "note for colleagues"), ("Ctrl Enter", "send"), ("Ctrl Shift Enter", "send and resolve"),
        ("Tab", "in an empty reply: use the assistant's draft"), ("E", "resolve and go on to the next"),
        ("R", "hand back to the assistant"),
        ("A", "assign"), ("Z", "put aside"), ("M", "ready replies"), ("L", "tags"), ("Esc", "leave a field, close what is open"),
        ("Ctrl K", "every action, by name"),
        ("?", "this list"),
    ]
}
