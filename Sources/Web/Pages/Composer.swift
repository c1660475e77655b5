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
            \(replyForm(open))\(noteForm)</div>
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
            <div class="write-foot"><div class="helps" id="reply-helps" data-live>\(open.draft.map(useDraft))</div>
            <button name="then" value="resolve" class="then" data-command="Send and resolve" title="Send and resolve (Ctrl+Shift+Enter)">Send and resolve</button>
            <button class="main-action" data-command="Send" title="Send (Ctrl+Enter)">Send <kbd aria-hidden="true">Ctrl \u{21B5}</kbd></button></div></form>
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
