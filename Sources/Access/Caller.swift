package import Storage

/// Who is calling. Decided once per request from what the request carried; everything after that asks `may` and compares `workspace`.
package struct Caller: Hashable, Sendable {
    /// What kind of caller.
    package let kind: Kind
    /// The one workspace in which the caller is anybody; nil for an anonymous one.
    package let workspace: WorkspaceID?
    /// The id of the session, key or token that let the caller in (never its secret); nil for anonymous and console.
    package let credential: String?

    /// The kinds of callers. Ids are text: this room does not know what they name.
    package enum Kind: Hashable, Sendable {
        /// Showed nothing.
        case anonymous
        /// A customer, let into one conversation.
        case customer(id: String, conversation: String)
        /// A person of the company who has signed in.
        case teammate(id: String, role: Role)
        /// A program with an API key. `permissions` are those that count now: the key's own, and no more than its maker still has.
        case key(id: String, permissions: Set<Permission>)
        /// Whoever runs commands on the machine itself. No request is ever this.
        case console
    }

    init(_ kind: Kind, of workspace: WorkspaceID?, credential: String?) {
        self.kind = kind
        self.workspace = workspace
        self.credential = credential
    }

    /// A caller who showed nothing.
    package static let anonymous = Caller(.anonymous, of: nil, credential: nil)

    /// The operator at the command line; for commands only.
    package static func console(of workspace: WorkspaceID) -> Caller { Caller(.console, of: workspace, credential: nil) }

    /// Whether the caller has a permission, in its own workspace. Customers have none: their routes name the conversation instead.
    package func may(_ permission: Permission) -> Bool { permissions.contains(permission) }

    /// All permissions the caller has.
    package var permissions: Set<Permission> {
        switch kind {
        case .anonymous, .customer: []
        case .teammate(_, let role): role.permissions
        case .key(_, let permissions): permissions
        case .console: Set(Permission.allCases)
        }
    }

    /// The caller in the audit log and in logs: `teammate:mara`, `key:3kTM…`, `customer:cust_…`, `console`, `anonymous`.
    package var actor: String {
        switch kind {
        case .anonymous: "anonymous"
        case .customer(let id, _): "customer:" + id
        case .teammate(let id, _): "teammate:" + id
        case .key(let id, _): "key:" + id
        case .console: "console"
        }
    }
}
