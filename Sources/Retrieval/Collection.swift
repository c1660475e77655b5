package import Storage

/// The documents one or more assistants answer from. Searches never look outside their collection, and a collection belongs to one
/// workspace.
package struct Collection: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Whose documents they are.
    package let workspace: WorkspaceID
    /// Chosen by the operator: `help`, `policies`. Two workspaces may use the same name and share nothing.
    package let name: String

    /// Names a collection; it need not hold anything yet.
    package init(workspace: WorkspaceID, name: String) {
        self.workspace = workspace
        self.name = name
    }

    /// As people and logs read it.
    package var description: String { "\(workspace)/\(name)" }
}
