package import Escalation
package import Inbox
package import Retrieval
package import Storage

/// One configured assistant: what it answers from, how it asks the model, and when it does not answer.
package struct AssistantProfile: Sendable {
    /// Its key in the workspace, kept with each conversation.
    package let name: String
    /// What customers read as its name.
    package let displayName: String
    /// The documents it answers from.
    package let collection: Collection
    /// The prompt's name.
    package let prompt: String
    /// The rules it obeys.
    package let rules: RuleSet
    /// The least effective confidence that answers, 0...1.
    package let threshold: Double
    /// Replies in a row without a person, after which a person is asked.
    package let turnCap: Int
    /// One or two sentences for the model.
    package let tone: String
    /// The language it replies in, in words (`English`).
    package let language: String
    /// How many passages are searched for a question.
    package static let passagesPerQuestion = 6

    /// Memberwise; see the properties.
    package init(
        name: String, displayName: String, collection: Collection, prompt: String, rules: RuleSet, threshold: Double, turnCap: Int,
        tone: String,
        language: String
    ) {
        self.name = name
        self.displayName = displayName
        self.collection = collection
        self.prompt = prompt
        self.rules = rules
        self.threshold = threshold
        self.turnCap = turnCap
        self.tone = tone
        self.language = language
    }
}

/// Where handoffs of one topic or reason go.
package struct HandoffRoute: Sendable {
    /// What a line of `routes:` looks at.
    package enum Match: Hashable, Sendable {
        /// A topic of the rules file, as found in the customer's words.
        case topic(String)
        /// Why the assistant stopped.
        case reason(Reason)
    }

    /// When the route applies.
    package let match: Match
    /// The team that is asked.
    package let team: TeamID
    /// A skill that the teammate should have.
    package let skill: String?
    /// How urgent it is; nil: as the rules say.
    package let priority: Priority?

    /// Memberwise; see the properties.
    package init(match: Match, team: TeamID, skill: String?, priority: Priority?) {
        self.match = match
        self.team = team
        self.skill = skill
        self.priority = priority
    }
}

/// Everything a workspace has decided that the flow needs.
package struct WorkspaceProfile: Sendable {
    /// Whose it is.
    package let id: WorkspaceID
    /// The company's name, as customers read it.
    package let name: String
    /// IANA zone for dates shown to people.
    package let zone: String
    /// By name.
    package let assistants: [String: AssistantProfile]
    /// The assistant of a conversation that names none: the first in the file.
    package let defaultAssistant: String
    /// What the product says to customers.
    package let phrases: Phrases
    /// The first that matches wins.
    package let routes: [HandoffRoute]
    /// Team names by id.
    package let teams: [TeamID: String]
    /// The team that is asked where no route matches.
    package let defaultTeam: TeamID

    /// Memberwise; see the properties.
    package init(
        id: WorkspaceID, name: String, zone: String, assistants: [String: AssistantProfile], defaultAssistant: String, phrases: Phrases,
        routes: [HandoffRoute], teams: [TeamID: String], defaultTeam: TeamID
    ) {
        self.id = id
        self.name = name
        self.zone = zone
        self.assistants = assistants
        self.defaultAssistant = defaultAssistant
        self.phrases = phrases
        self.routes = routes
        self.teams = teams
        self.defaultTeam = defaultTeam
    }

    /// The assistant of that name, or the default one where it was removed from the configuration: its conversations go on.
    package func assistant(_ name: String) -> AssistantProfile { assistants[name] ?? usualAssistant }

    /// The default assistant.
    package var usualAssistant: AssistantProfile { assistants[defaultAssistant] ?? .none(in: id) }
}

extension AssistantProfile {
    /// Who decides what of this assistant's drafts goes out.
    var judge: Judge { Judge(rules: rules, threshold: threshold, turnCap: turnCap) }

    /// An assistant that knows nothing and therefore hands everything over: for a workspace whose configuration names none.
    static func none(in workspace: WorkspaceID) -> AssistantProfile {
        AssistantProfile(
            name: "none", displayName: "Assistant", collection: Collection(workspace: workspace, name: "none"), prompt: "answer",
            rules: .empty,
            threshold: 1, turnCap: 1, tone: "", language: "English")
    }
}

extension WorkspaceProfile {
    /// The documents of the default assistant.
    package var usualCollection: Collection { usualAssistant.collection }
}

extension WorkspaceProfile {
    /// What customers read as the default assistant's name.
    package var usualAssistantName: String { usualAssistant.displayName }
}
