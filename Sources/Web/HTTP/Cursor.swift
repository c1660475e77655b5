import Access
import Storage

/// Where a page of a list ends: an opaque, signed text that the client gives back. Signed, so that nobody reads other rows by making one up, and bound to
/// the list it came from.
enum Cursor {
    /// - Parameters:
    ///   - list: the route's name with what it was asked for: a cursor of one list is none of another.
    ///   - position: what the rows are ordered by, of the last row.
    static func text(_ position: [String], of list: String, workspace: WorkspaceID, _ secret: ServerSecret) -> String {
        let body = Array(StoredJSONList.text(position).utf8)
        let signature = secret.signature(of: signed(body, list, workspace), for: "cursors").prefix(12)
        return Base64URL.text(signature + body)
    }

    /// - Throws: `Problem` where it is not one of ours, for this list.
    static func position(_ text: String, of list: String, workspace: WorkspaceID, count: Int, _ secret: ServerSecret) throws -> [String] {
        guard text.utf8.count <= 1000, let data = Base64URL.bytes(text), data.count > 12 else { throw unknown }
        let (given, body) = (data.prefix(12), Array(data.dropFirst(12)))
        let expected = secret.signature(of: signed(body, list, workspace), for: "cursors").prefix(12)
        guard ConstantTime.isSame(Array(given), Array(expected)), let position = StoredJSONList.read(body), position.count == count
        else { throw unknown }
        return position
    }

    private static func signed(_ body: [UInt8], _ list: String, _ workspace: WorkspaceID) -> [UInt8] {
        Array("\(workspace.text)\n\(list)\n".utf8) + body
    }

    private static let unknown = Problem(.malformedRequest, "`after` is not a cursor of this list. Give the `next` of the page before.")
}

/// A list of texts as one text.
private enum StoredJSONList {
    static func text(_ list: [String]) -> String {
        // Encoding texts cannot fail.
        (try? StoredJSON.text(list)) ?? "[]"
    }

    static func read(_ bytes: [UInt8]) -> [String]? {
        // What cannot be read is not ours.
        try? StoredJSON.decode([String].self, from: String(decoding: bytes, as: UTF8.self))
    }
}
