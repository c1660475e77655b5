import Access
import Assistant
import Foundation
import HTTPTypes
import Inbox
import Storage

/// The teammate in front of a page.
struct Viewer: Sendable {
    let id: TeammateID
    let role: Role
    let name: String
    /// The workspace's name.
    let company: String
    let csrf: String

    func may(_ permission: Permission) -> Bool { role.permissions.contains(permission) }

    /// The navigation: only what the role may see.
    func signedIn(at current: String = "") -> Layout.SignedIn {
        var links: [Layout.Link] = []
        if may(.conversationsRead) { links.append(.init(address: "/inbox", words: "Inbox")) }
        if may(.usageRead) { links.append(.init(address: "/usage", words: "Usage")) }
        if may(.teammatesManage) { links.append(.init(address: "/team", words: "Team")) }
        return Layout.SignedIn(name: name, company: company, csrf: csrf, links: links, current: current)
    }

    /// Where somebody who signs in begins.
    var start: String { may(.conversationsRead) ? "/inbox" : may(.usageRead) ? "/usage" : "/" }
}

extension Call {
    /// - Throws: `Problem` where a program came with a key: pages are for people.
    func pageViewer() async throws -> Viewer {
        guard case .teammate(let id, let role) = caller.kind, let csrf = admission?.csrf else {
            throw Problem(.forbidden, "Pages are for people who are signed in. Programs use the API.")
        }
        let inbox = service.inbox(of: workspace)
        let teammate = TeammateID(id)
        let name = try await service.store.read { snapshot in
            try inbox.teammates(in: snapshot).first { $0.id == teammate }?.name ?? id
        }
        // A workspace that was taken out of the configuration still has its people, who may look at what it was.
        let company = (try? service.desk.profile(workspace).name) ?? workspace.text
        return Viewer(id: teammate, role: role, name: name, company: company, csrf: csrf)
    }
}

extension Reply {
    /// After a form: on to a page, so that a reload repeats nothing.
    static func onTo(_ address: String) -> Reply { Reply(status: 303, body: .none).with(.location, address) }
}

/// Where a sign-in may lead afterwards: a page of this service and nowhere else.
enum OwnAddress {
    /// The address, if it is a path of ours; nil for whatever a browser could read as another host (`//elsewhere`, `/\elsewhere`, a tab between slashes).
    static func checked(_ text: String?) -> String? {
        guard let text, text.utf8.count <= 2000, text.hasPrefix("/"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C }) else {
            return nil
        }
        let path = text.prefix { $0 != "?" && $0 != "#" }
        return Percent.segments(path) == nil ? nil : text
    }
}
