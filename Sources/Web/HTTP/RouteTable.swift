import HTTPTypes

/// Finds the route of a request.
struct RouteTable: Sendable {
    let routes: [Route]
    /// By number of segments and the first literal, so that few are tried.
    private let index: [String: [Int]]

    init(_ routes: [Route]) {
        self.routes = routes
        var index: [String: [Int]] = [:]
        // Literal segments win over places: `/v1/teammates/current` over `/v1/teammates/{teammate}`.
        let order = routes.indices.sorted { Self.places(routes[$0]) < Self.places(routes[$1]) }
        for number in order { index[Self.entry(routes[number].path), default: []].append(number) }
        self.index = index
    }

    private static func places(_ route: Route) -> Int { route.path.places.count }

    private static func entry(_ path: PathTemplate) -> String {
        guard case .literal(let first)? = path.segments.first else { return "\(path.segments.count)" }
        return "\(path.segments.count) \(first)"
    }

    enum Match {
        case found(Route, [String: String])
        /// The address exists; these methods do.
        case otherMethod(allowed: [HTTPRequest.Method])
        case nothing
    }

    /// - Parameter parts: the path's segments, percent-decoded.
    func match(_ method: HTTPRequest.Method, _ parts: [String]) -> Match {
        let sought = method == .head ? .get : method
        var allowed: [HTTPRequest.Method] = []
        let entries = (parts.first.flatMap { index["\(parts.count) \($0)"] } ?? []) + (index["\(parts.count)"] ?? [])
        for number in entries {
            let route = routes[number]
            guard let values = route.path.match(parts) else { continue }
            if route.method == sought { return .found(route, values) }
            if !allowed.contains(route.method) { allowed.append(route.method) }
        }
        return allowed.isEmpty ? .nothing : .otherMethod(allowed: allowed + (allowed.contains(.get) ? [.head] : []))
    }
}
