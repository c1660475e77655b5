/// What a teammate is for, and therefore may do. The one table of who may what:
///
/// | permission | owner | teammate | finance | prompts | read-only |
/// |---|---|---|---|---|---|
/// | `conversations:read` | yes | yes | | | yes |
/// | `conversations:write` | yes | yes | | | |
/// | `documents:read` | yes | yes | | yes | yes |
/// | `documents:write` | yes | | | yes | |
/// | `rules:read` | yes | yes | | yes | yes |
/// | `prompts:read` | yes | | | yes | yes |
/// | `prompts:write` | yes | | | yes | |
/// | `usage:read` | yes | | yes | | yes |
/// | `credit:write` | yes | | yes | | |
/// | `settings:read` | yes | yes | | yes | yes |
/// | `settings:write` | yes | | | | |
/// | `metrics:read` | yes | | | | yes |
/// | `webhooks:manage`, `keys:manage`, `teammates:manage` | yes | | | | |
///
/// Finance sees ids of conversations in usage rows, never the conversations. Read-only sees nothing of keys, webhooks and the audit log: those lists
/// say where the company's other doors are.
package enum Role: String, CaseIterable, Hashable, Sendable, Codable {
    /// Answers for the workspace: everything.
    case owner
    /// Answers customers.
    case teammate
    /// Looks after usage and credit.
    case finance
    /// Writes prompts and documents.
    case prompts
    /// Looks on.
    case readOnly = "read-only"

    /// What the role may do.
    package var permissions: Set<Permission> {
        switch self {
        case .owner: Set(Permission.allCases)
        case .teammate: [.conversationsRead, .conversationsWrite, .documentsRead, .rulesRead, .settingsRead]
        case .finance: [.usageRead, .creditWrite]
        case .prompts: [.promptsRead, .promptsWrite, .documentsRead, .documentsWrite, .rulesRead, .settingsRead]
        case .readOnly: [.conversationsRead, .documentsRead, .rulesRead, .promptsRead, .usageRead, .settingsRead, .metricsRead]
        }
    }
}
