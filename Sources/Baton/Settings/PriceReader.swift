import Foundation
import Metering
import Notation
import Storage

/// `prices.yaml` of a workspace.
enum PriceReader {
    /// - Parameter currency: the workspace's; the file must agree.
    /// - Throws: `NotationError`, `CommandError`.
    static func read(_ path: String, currency: String) throws -> PriceBook {
        let fields = try Fields(try ConfigFile.read(path), known: ["currency", "sell", "cost"])
        let stated = try fields.required("currency")
        guard try stated.string() == currency else { throw stated.error("workspace.yaml says \(currency); use one currency") }
        let sell = try fields.required("sell").items().map(sell)
        let cost = try (fields["cost"]?.items() ?? []).flatMap(cost)
        return PriceBook(currency: currency, prices: sell + cost)
    }

    private static func sell(_ node: Node) throws -> Price {
        let fields = try Fields(node, known: ["sku", "from", "response"])
        let amount = try fields.required("response")
        return try checked(node) {
            try Price(
                book: .sell, sku: try fields.required("sku").string(), measure: .response, unitPrice: try money(amount) { try Money($0) },
                effectiveFrom: try moment(fields.required("from")))
        }
    }

    private static func cost(_ node: Node) throws -> [Price] {
        let fields = try Fields(node, known: ["model", "from", "source", "service_tier", "min_input_tokens", "per_million_tokens"])
        let measures = Measure.allCases.filter { $0 != .response }
        let amounts = try Fields(try fields.required("per_million_tokens"), known: measures.map(\.rawValue))
        return try measures.compactMap { measure in
            guard let amount = amounts[measure.rawValue] else { return nil }
            return try checked(amount) {
                try Price(
                    book: .cost, sku: try fields.required("model").string(), measure: measure,
                    unitPrice: try money(amount) { try Price.perMillionTokens($0) }, effectiveFrom: try moment(fields.required("from")),
                    minimumInputTokens: try fields["min_input_tokens"]?.integer(in: 0...1_000_000_000) ?? 0,
                    serviceTier: try fields["service_tier"]?.string() ?? "", source: try fields["source"]?.string() ?? "")
            }
        }
    }

    private static func money(_ node: Node, _ read: (String) throws -> Money) throws -> Money {
        do { return try read(node.string()) } catch let error as MoneyError { throw node.error("\(error)") }
    }

    private static func checked(_ node: Node, _ body: () throws -> Price) throws -> Price {
        do { return try body() } catch let error as MeteringError { throw node.error("\(error)") }
    }

    /// A day (its beginning in UTC) or an RFC 3339 moment.
    private static func moment(_ node: Node) throws -> Timestamp {
        let text = try node.string()
        let full = text.count == 10 ? text + "T00:00:00Z" : text
        guard let date = try? Date(full, strategy: .iso8601) else {  // any failure means: not a date
            throw node.error("'\(text)' is no day and no moment; write 2026-01-01 or 2026-01-01T12:00:00Z")
        }
        return Timestamp(milliseconds: Int64(date.timeIntervalSince1970 * 1000))
    }
}
