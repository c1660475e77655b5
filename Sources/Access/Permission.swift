/// What a caller may do: the least that a route asks for, and the scope that a key is given. There are few, and each means a whole part of the product,
/// so that whoever ticks them knows what was ticked.
package enum Permission: String, CaseIterable, Hashable, Sendable, Codable {
    /// Read conversations, queues, handoffs, receipts, attachments and the live stream.
    case conversationsRead = "conversations:read"
    /// Answer, note, tag, assign, claim, hand over and resolve.
    case conversationsWrite = "conversations:write"
    /// Read documents and search them.
    case documentsRead = "documents:read"
    /// Add, replace and remove documents.
    case documentsWrite = "documents:write"
    /// Read the rules and try texts on them.
    case rulesRead = "rules:read"
    /// Read prompts and render them.
    case promptsRead = "prompts:read"
    /// Change prompts.
    case promptsWrite = "prompts:write"
    /// Read usage, charges, credit and the ledger.
    case usageRead = "usage:read"
    /// Grant credit.
    case creditWrite = "credit:write"
    /// Make, change and remove webhooks, read and replay their deliveries.
    case webhooksManage = "webhooks:manage"
    /// Make and revoke API keys.
    case keysManage = "keys:manage"
    /// Invite, suspend and restore teammates, give them roles; read the audit log.
    case teammatesManage = "teammates:manage"
    /// Read the workspace, its assistants, sites, teams and teammates.
    case settingsRead = "settings:read"
    /// Change the workspace's settings.
    case settingsWrite = "settings:write"
    /// Read the operator's figures.
    case metricsRead = "metrics:read"
}
