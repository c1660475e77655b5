import NIOConcurrencyHelpers

/// What each endpoint was found to refuse, for as long as the process lives. A restart, or a change of the endpoint's settings, asks again.
final class DialectMemory: Sendable {
    private struct Known {
        var dialect: Dialect
        /// A request in this dialect was answered; a later refusal has another cause.
        var isProven = false
    }

    private let known = NIOLockedValueBox<[Endpoint: Known]>([:])

    /// What to try first.
    func dialect(for endpoint: Endpoint) -> Dialect {
        known.withLockedValue { $0[endpoint]?.dialect } ?? Self.start(endpoint)
    }

    /// An endpoint answered in this dialect.
    func remember(_ dialect: Dialect, for endpoint: Endpoint) {
        known.withLockedValue { $0[endpoint] = Known(dialect: dialect, isProven: true) }
    }

    private func isProven(_ dialect: Dialect, for endpoint: Endpoint) -> Bool {
        known.withLockedValue { $0[endpoint].map { $0.isProven && $0.dialect == dialect } ?? false }
    }

    /// A plainer dialect that may be accepted where this one was refused, or nil where the words are not to blame.
    ///
    /// A refusal that names a field gives that field up. One that names nothing (a 400, or llama-cpp-python's 500) gives up `response_format`
    /// first, then `stream_options`, and only in a dialect that was never answered. Nothing is remembered before the plainer one is answered.
    func plainer(than dialect: Dialect, for endpoint: Endpoint, status: Int, error: EndpointError, hadContract: Bool) -> Dialect? {
        guard status == 400 || status == 422 || status == 500 || status == 501 else { return nil }
        guard !error.isTooLong, !error.isFiltered, !error.isOutOfCredit else { return nil }
        var plainer = dialect
        let mayChangeFormat = endpoint.jsonMode == .auto && hadContract && dialect.format != .prompt
        let mayChangeUsage = endpoint.includeUsage == .auto && dialect.asksForUsage
        if error.blamesStreamOptions, mayChangeUsage {
            plainer.asksForUsage = false
        } else if error.blamesMaxTokens, endpoint.maxTokensField == .automatic, dialect == Self.withField(dialect, of: endpoint) {
            plainer.usesMaxCompletionTokens.toggle()
        } else if error.blamesTemperature, dialect.sendsTemperature {
            plainer.sendsTemperature = false
        } else if error.blamesFormat, mayChangeFormat {
            plainer.format = dialect.format == .schema ? .object : .prompt
        } else if error.blamesFormat || isProven(dialect, for: endpoint) {
            return nil
        } else if mayChangeFormat {
            plainer.format = .prompt
        } else if mayChangeUsage, status != 500 {
            plainer.asksForUsage = false
        } else {
            return nil
        }
        return plainer
    }

    /// The dialect with the field the endpoint started with: the field is changed once, never back and forth.
    private static func withField(_ dialect: Dialect, of endpoint: Endpoint) -> Dialect {
        var dialect = dialect
        dialect.usesMaxCompletionTokens = endpoint.usesMaxCompletionTokens
        return dialect
    }

    private static func start(_ endpoint: Endpoint) -> Dialect {
        let format: Dialect.Format =
            switch endpoint.jsonMode {
            case .auto, .schema: .schema
            case .object: .object
            case .prompt: .prompt
            }
        return Dialect(
            format: format, asksForUsage: endpoint.includeUsage != .no, usesMaxCompletionTokens: endpoint.usesMaxCompletionTokens)
    }
}
