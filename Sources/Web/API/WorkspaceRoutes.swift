import Access
import Assistant
import HTTPTypes
import Inbox
import Notation
import Storage

/// What a workspace is made of, as its configuration and its inbox have it.
enum WorkspaceRoutes {
    static let all: [Route] = [
        Route(
            .get, "/v1/workspaces", "listWorkspaces", .workspace, "The workspaces that the credential opens: always one",
            policy: .staff(.settingsRead), answers: [.init(200, "one row", .page(of: WorkspaceShapes.workspace))]
        ) { call in
            .page([WorkspaceShapes.json(try call.service.desk.profile(call.workspace))], next: nil, call)
        },
        Route(
            .get, "/v1/workspace", "getWorkspace", .workspace, "The workspace that the credential opens", policy: .staff(.settingsRead),
            answers: [.init(200, "the workspace", WorkspaceShapes.workspace)]
        ) { call in .json(WorkspaceShapes.json(try call.service.desk.profile(call.workspace))) },
        Route(
            .get, "/v1/assistants", "listAssistants", .workspace, "The assistants, by name", policy: .staff(.settingsRead),
            answers: [.init(200, "all of them", .page(of: WorkspaceShapes.assistant))]
        ) { call in
            let profile = try call.service.desk.profile(call.workspace)
            let rows = profile.assistants.values.sorted { $0.name < $1.name }.map { WorkspaceShapes.json($0, of: profile) }
            return .page(rows, next: nil, call)
        },
        Route(
            .get, "/v1/sites", "listSites", .workspace, "The places where the chat is embedded", policy: .staff(.settingsRead),
            answers: [.init(200, "all of them", .page(of: WorkspaceShapes.site))]
        ) { call in
            .page(call.service.sites(of: call.workspace).map(WorkspaceShapes.json), next: nil, call)
        },
        Route(
            .get, "/v1/teams", "listTeams", .workspace, "The teams, the default one first", policy: .staff(.settingsRead),
            answers: [.init(200, "all of them", .page(of: WorkspaceShapes.team))]
        ) { call in
            let inbox = call.service.inbox(of: call.workspace)
            return .page(try await call.service.store.read { try inbox.teams(in: $0) }.map(WorkspaceShapes.json), next: nil, call)
        },
    ]
}
