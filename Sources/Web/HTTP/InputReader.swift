import Notation

/// Reads the JSON body of a request.
enum InputReader {
    /// Levels of nesting of a request's body.
    static let deepest = 64

    /// - Throws: `Problem`.
    static func read(_ bytes: [UInt8], as schema: Schema) throws -> JSON {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw Problem(.malformedJSON, "The body is not UTF-8.")
        }
        let value: JSON
        do {
            value = try JSONReader.read(bytes)
        } catch {
            throw Problem(.malformedJSON, "The body is not JSON: reading stopped at byte \(error.offset).")
        }
        guard depth(value, atMost: deepest) else {
            throw Problem(.malformedJSON, "The body is nested deeper than \(deepest) levels.")
        }
        let mismatches = schema.mismatches(value)
        guard mismatches.isEmpty else { throw Problem.invalid(mismatches) }
        return value
    }

    private static func depth(_ value: JSON, atMost left: Int) -> Bool {
        guard left > 0 else { return false }
        return switch value {
        case .array(let items): items.allSatisfy { depth($0, atMost: left - 1) }
        case .object(let members): members.allSatisfy { depth($0.value, atMost: left - 1) }
        default: true
        }
    }
}

extension Problem {
    /// Fields that are not right.
    static func invalid(_ mismatches: [Mismatch]) -> Problem {
        var problem = Problem(
            .invalidInput,
            mismatches.first.map { "\($0.pointer.isEmpty ? "The body" : $0.pointer) \($0.detail)." } ?? "Some fields are not right.")
        problem.mismatches = mismatches
        return problem
    }

    /// One field that is not right, found by a handler.
    static func invalid(_ pointer: String, _ code: String, _ detail: String) -> Problem {
        invalid([Mismatch(pointer: pointer, code: code, detail: detail)])
    }
}
