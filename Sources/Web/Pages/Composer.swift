import Foundation
import Inbox
import Storage

/// Draws where teammates write: a reply to the customer or a note for colleagues, never both in one field. Which of the two is a choice of its own, told in words,
/// place and colour; without a script the style sheet shows the chosen form, and each has its words to itself.
extension InboxView {
    func composer(_ open: OpenCase) -> HTML {
        let isNote = refusal?.form == .note
        return """
            <div class="composer" id="composer"><fieldset class="modes"><legend class="unseen">What you write</legend>
            <input type="radio" class="unseen" name="mode" id="mode-reply"\(if: !isNote, " checked")><label for="mode-reply" data-key="Enter" data-focuses="text"
             title="Reply to the customer (Enter)">Reply <kbd aria-hidden="true">Enter</kbd></label>
            <input type="radio" class="unseen" name="mode" id="mode-note"\(if: isNote, " checked")><label for="mode-note" data-key="n" data-focuses="note-text"
             title="Note for colleagues (N)">Note <kbd aria-hidden="true">N</kbd></label></fieldset>
            \(replyForm(open))\(noteForm)\(if: !open.macros.isEmpty, macroForm(open))</div>
            """
    }

    private func replyForm(_ open: OpenCase) -> HTML {
        let isMine = open.conversation.owner == .teammate(viewer.id)
        let written = refusal?.form == .reply ? refusal?.written ?? "" : draft
        return """
            <form class="write" id="reply" method="post" action="\(action("reply"))" data-send="reply">\(carried("reply-queue"))
            <input type="hidden" name="key" value="\(FormKey.new())">
            <input type="hidden" id="last-seen" name="last_seen" value="\(open.conversation.lastSequence)" data-live>
            <label for="text">To <bdi>\(open.customer.shownName)</bdi> <span class="hint" id="reply-hint" data-live>\(isMine ? "" : "This takes the conversation over.")</span></label>
            <textarea id="text" name="text" rows="3" maxlength="8000" required dir="auto" aria-describedby="alert reply-hint" data-draft="reply"
             title="Reply (Enter), send with Ctrl+Enter">\(written)</textarea>
            <div class="write-foot"><div class="helps" id="reply-helps" data-live>\(open.draft.map(useDraft))\(if: !open.macros.isEmpty, macros(open))</div>
            <button name="then" value="resolve" class="then" data-command="Send and resolve" title="Send and resolve (Ctrl+Shift+Enter)">Send and resolve</button>
            <button class="main-action" data-command="Send" title="Send (Ctrl+Enter)">Send <kbd aria-hidden="true">Ctrl \u{21B5}</kbd></button></div></form>
            """
    }

    /// Ready replies: put into the field to be changed, or used as they are with everything that belongs to them.
    private func macros(_ open: OpenCase) -> HTML {
        let rows = open.macros.map { macro, text in
            """
            <li class="macro" id="macro-\(macro.id.text)"><strong dir="auto">\(macro.name)</strong><p class="words small quiet" dir="auto">\(text ?? "")</p>
            <span class="row-of">\(if: text != nil, insert(macro))\(run(macro))</span></li>
            """ as HTML
        }
        return """
            <details class="menu up" id="macros"><summary class="button" data-key="m" title="Ready replies (M)">Macros <kbd aria-hidden="true">M</kbd></summary>
            <div class="menu-body"><ul class="macro-list">\(rows)</ul></div></details>
            """
    }

    private func insert(_ macro: Macro) -> HTML {
        guard let open else { return .nothing }
        return """
            <a class="button" href="\(address(open.conversation.id))&use=\(Percent.encoded(macro.id.text))" data-insert="macro-\(macro.id.text)"
             data-command="Insert: \(macro.name)">Insert</a>
            """
    }

    /// Not within the reply's form: a form of its own, sent by a button that names it.
    private func run(_ macro: Macro) -> HTML {
        let then: HTML =
            switch macro.then {
            case .nothing: "Send it"
            case .resolve: "Send and resolve"
            case .snooze: "Send and put aside"
            case .assign: "Send and pass on"
            }
        return
            "<button form=\"macro\" name=\"macro\" value=\"\(macro.id.text)\" data-command=\"Run: \(macro.name)\">\(macro.text == nil ? "Do it" : then)</button>"
    }

    /// What runs a ready reply.
    private func macroForm(_ open: OpenCase) -> HTML {
        """
        <form id="macro" method="post" action="\(action("macro"))" data-act>\(carried("macro-queue"))<input type="hidden" name="key" value="\(FormKey.new())">
        <input type="hidden" id="macro-seen" name="last_seen" value="\(open.conversation.lastSequence)" data-live></form>
        """
    }

    /// What every form carries; the list is named anew when it changes, for these forms stay.
    private func carried(_ id: String) -> HTML {
        """
        <input type="hidden" name="csrf" value="\(viewer.csrf)"><input type="hidden" id="\(id)" name="queue" value="\(queue.text)" data-live>
        """
    }

    private func useDraft(_ draft: Message) -> HTML {
        guard let open else { return .nothing }
        return """
            <a class="button use" href="\(address(open.conversation.id))&use=draft" data-insert="m\(draft.sequence)" title="Use the assistant's draft (Tab in an empty reply)"
             data-command="Use the assistant's draft">Use the draft <kbd aria-hidden="true">Tab</kbd></a>
            """
    }

    private var noteForm: HTML {
        """
        <form class="write note" id="note" method="post" action="\(action("note"))" data-send="note">\(carried("note-queue"))
        <input type="hidden" name="key" value="\(FormKey.new())">
        <label for="note-text">Note <span class="hint" id="note-hint">Only colleagues see this.</span></label>
        <textarea id="note-text" name="text" rows="3" maxlength="8000" required dir="auto" aria-describedby="alert note-hint" data-draft="note"
         title="Note (N), keep with Ctrl+Enter">\(refusal?.form == .note ? refusal?.written ?? "" : "")</textarea>
        <div class="write-foot"><span class="helps"></span><button class="main-action" data-command="Keep the note" title="Keep the note (Ctrl+Enter)">Keep note
        <kbd aria-hidden="true">Ctrl \u{21B5}</kbd></button></div></form>
        """
    }
}
