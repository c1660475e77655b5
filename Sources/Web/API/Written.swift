import Access
import Foundation
import HTTPTypes
import Metering
import Notation
import Storage

/// How values are written in JSON and read from it, the same everywhere.
enum Written {
    static func time(_ moment: Timestamp?) -> JSON? { moment.map { .string($0.description) } }
    static func number(_ value: Int) -> JSON { .number("\(value)") }
    static func number(_ value: Int64) -> JSON { .number("\(value)") }
    static func texts(_ list: [String]) -> JSON { .array(list.map(JSON.string)) }

    /// A measure; what is no number (it should not be) is written as 0, for JSON has no word for it.
    static func number(_ value: Double) -> JSON { .number(value.isFinite ? "\(value)" : "0") }

    /// An exact amount.
    static func money(_ amount: Money, _ currency: String) -> JSON {
        .of(("amount", .string(amount.text)), ("currency", .string(currency)))
    }

    /// A moment as RFC 3339 has it, with or without fractions of a second; nil for anything else, and outside the years 1970 to 9999.
    static func moment(_ text: String) -> Timestamp? {
        // What one style does not read the other may.
        let date =
            (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
            ?? (try? Date(text, strategy: Date.ISO8601FormatStyle()))
        guard let date, (0..<253_402_300_800).contains(date.timeIntervalSince1970) else { return nil }
        return Timestamp(milliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded()))
    }
}

extension Call {
    /// A moment of the JSON input.
    /// - Throws: `Problem` where it is none.
    func moment(_ name: String) throws -> Timestamp? {
        try text(name).map {
            guard let moment = Written.moment($0) else {
                throw Problem.invalid("/\(name)", "not_a_time", "must be RFC 3339, such as 2030-01-31T00:00:00Z")
            }
            return moment
        }
    }

    /// A moment of the query.
    /// - Throws: `Problem` where it is none.
    func queryMoment(_ name: String) throws -> Timestamp? {
        try query(name).map {
            guard let moment = Written.moment($0) else {
                throw Problem.invalid("", "not_a_time", "The query parameter '\(name)' must be RFC 3339, such as 2030-01-31T00:00:00Z")
            }
            return moment
        }
    }

    /// A list of texts of the JSON input.
    func texts(_ name: String) -> [String]? { input[name]?.items?.compactMap(\.text) }

    /// A truth value of the JSON input.
    func flag(_ name: String) -> Bool? { if case .bool(let isTrue)? = input[name] { isTrue } else { nil } }

    /// The teammate who sent it, where one is signed in.
    /// - Throws: `Problem` 403 for keys and others.
    func ownTeammate() throws -> String {
        guard case .teammate(let id, _) = caller.kind else { throw Problem(.forbidden, "This is for teammates who are signed in.") }
        return id
    }

    /// The entity tag of a thing as JSON shows it.
    static func tag(_ json: JSON) -> String { Fingerprint.of([String(decoding: json.bytes, as: UTF8.self)]) }
}
