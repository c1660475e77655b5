import Foundation
import Logging
import Notation
import Storage

/// One line of JSON for each event on standard error: what log collectors read. Fields come from metadata, which holds ids, codes and numbers; nothing that a
/// customer wrote is ever logged.
struct JSONLog: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    private let label: String

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        var members: [JSON.Member] = [
            .init(key: "at", value: .string(Clock.system.now().description)), .init(key: "level", value: .string(event.level.rawValue)),
            .init(key: "event", value: .string("\(event.message)")), .init(key: "source", value: .string(label)),
        ]
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { members.append(.init(key: key, value: .string("\(value)"))) }
        // JSON escapes line ends and control characters, so that nothing can look like a second line.
        Terminal.say(String(decoding: JSON.object(members).bytes, as: UTF8.self))
    }
}

/// The same for a person at a terminal: time, level, what, and the fields.
struct PlainLog: LogHandler {
    var logLevel = Logger.Level.notice
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let fields = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        Terminal.say(
            "\(Clock.system.now().description.dropFirst(11).prefix(8)) \(event.level.rawValue): \(event.message)\(fields)".forTerminal)
    }
}
