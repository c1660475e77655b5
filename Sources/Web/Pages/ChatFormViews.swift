import Inbox

/// The smaller forms of the chat page as they stand below the thread, each only where it is its time.
struct ChatFormViews: Sendable {
    let chat: Chat
    let words: Wordbook
    let key: String
    /// What the page's own addresses carry along.
    let query: String

    private func action(_ path: String) -> HTML { "\(ChatPages.address(of: chat.site))\(path)\(if: !query.isEmpty, "?\(query)")" }

    /// The lead form, while nobody sent it or put it aside.
    var lead: HTML {
        guard let form = chat.dueLeadForm else { return .nothing }
        return """
            <form class="card lead" id="lead" method="post" action="\(action("/details"))"><h2>\(words[.leadTitle])</h2>
            \(fields(of: form))<div class="row-of"><button class="main-action">\(words[.leadSend])</button>
            <button class="plain" name="skip" value="yes" formnovalidate>\(words[.skipForm])</button></div></form>
            """
    }

    /// The fields of a form.
    /// - Parameter isOwnForm: false beside the first message, which can be sent without them.
    func fields(of form: LeadForm, isOwnForm: Bool = true) -> HTML {
        .all(form.fields.map { field($0, mustBeFilled: isOwnForm && $0.isRequired) } + [consent(form.consent)])
    }

    private func field(_ field: LeadForm.Field, mustBeFilled: Bool) -> HTML {
        let (id, name) = ("lead-\(field.name)", Self.name(of: field))
        let label = field.label ?? (field.name == "email" ? words[.email] : words[.name])
        let required: HTML = mustBeFilled ? " required" : .nothing
        let input: HTML
        switch field.kind {
        case .choice(let choices):
            input = """
                <select id="\(id)" name="\(name)"\(required)><option value=""></option>\(choices.map { "<option>\($0)</option>" as HTML })</select>
                """
        case .text:
            let type: HTML =
                switch field.name {
                case "email": " type=\"email\" autocomplete=\"email\" maxlength=\"200\""
                case "name": " autocomplete=\"name\" maxlength=\"200\" dir=\"auto\""
                default: " maxlength=\"1000\" dir=\"auto\""
                }
            input = "<input id=\"\(id)\" name=\"\(name)\"\(type)\(required)>"
        }
        return
            "<div><label for=\"\(id)\">\(label)\(if: !mustBeFilled, " <span class=\"quiet\">\(words[.optional])</span>")</label>\(input)</div>"
    }

    private static func name(of field: LeadForm.Field) -> String {
        field.name == "name" || field.name == "email" ? field.name : LeadAnswers.prefix + field.name
    }

    private func consent(_ consent: LeadForm.Consent?) -> HTML {
        guard let consent else { return .nothing }
        let more = consent.link.map {
            " <a href=\"\($0)\" target=\"_blank\" rel=\"noopener noreferrer\" referrerpolicy=\"no-referrer\">\(words[.readMore])</a>"
                as HTML
        }
        return """
            <div class="consent"><input type="checkbox" id="lead-consent" name="consent" value="\(consent.version)">
            <label for="lead-consent">\(consent.text)</label>\(more)</div>
            """
    }

    /// How it went, once there is something to judge.
    var satisfaction: HTML {
        guard chat.site.asksForSatisfaction, chat.standing.mayRate else { return .nothing }
        let said = chat.standing.satisfaction
        let scores = zip(1...5, [Wording.score1, .score2, .score3, .score4, .score5]).map { score, wording -> HTML in
            """
            <label><input type="radio" name="score" value="\(score)" required\(if: said?.score == score, " checked")> <span>\(words[wording])</span></label>
            """
        }
        return """
            <details class="card satisfaction" id="satisfaction"\(if: chat.conversation?.state == .resolved && said == nil, " open")>
            <summary>\(words[said == nil ? .rate : .rated])</summary>
            <form method="post" action="\(action("/satisfaction"))"><fieldset class="scores"><legend>\(words[.rate])</legend>\(scores)</fieldset>
            <label for="comment">\(words[.anythingElse]) <span class="quiet">\(words[.optional])</span></label>
            <textarea id="comment" name="comment" rows="2" maxlength="1000" dir="auto">\(said?.comment ?? "")</textarea>
            <button>\(words[.send])</button></form></details>
            """
    }

    /// A file, with what is taken said before.
    var file: HTML {
        guard chat.site.takesAttachments else { return .nothing }
        let kinds = FileKind.allCases.map(\.inWords).joined(separator: ", ")
        return """
            <details class="file" id="file-form"><summary>\(words[.sendFile])</summary>
            <form method="post" action="\(action("/attachments"))" enctype="multipart/form-data"><input type="hidden" name="key" value="\(key)f">
            <label for="file">\(words.text(.file, ["kinds": kinds, "limit": "\(AttachmentRoutes.largestFile >> 20)"]))</label>
            <input type="file" id="file" name="file" required accept="\(FileKind.allCases.map(\.rawValue).joined(separator: ","))">
            <progress max="1" value="0" aria-label="\(words[.sending])" hidden></progress>
            <button>\(words[.sendTheFile])</button></form></details>
            """
    }
}

/// What the smaller forms need to know of a conversation.
struct ChatStanding: Sendable {
    var mayRate = false
    var satisfaction: Satisfaction?
    var introduction: Introduction.Outcome?
    var isVerified = false
    var attachments = AttachmentList()
}

extension Chat {
    /// The lead form, where it is its time and it was neither sent nor put aside. Whom the company vouches for is not asked.
    var dueLeadForm: LeadForm? {
        guard let form = site.leadForm, let conversation, standing.introduction == nil, !standing.isVerified else { return nil }
        switch form.moment {
        case .never: return nil
        case .before: return form
        case .afterHandoff: return conversation.owner == .assistant ? nil : form
        }
    }
}
