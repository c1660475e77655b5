import NIOConcurrencyHelpers

/// Counters and histograms for `/metrics` (Prometheus text format 0.0.4). Labels are routes, codes and reasons, never ids, so their number is bounded.
package final class Metrics: Sendable {
    private struct Series: Hashable {
        let name: String
        let labels: String
    }

    struct Histogram {
        var counts = [Int](repeating: 0, count: Metrics.bounds.count)
        var sum = 0.0
        var count = 0
    }

    /// Upper bounds in seconds.
    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
    /// Series of one name, so that a mistake cannot fill the memory.
    private static let mostSeries = 2_000

    private struct State {
        var counters: [Series: Int] = [:]
        var histograms: [Series: Histogram] = [:]
    }

    private let state = NIOLockedValueBox(State())

    /// Nothing counted yet.
    package init() {}

    func requestEnded(route: String, status: Int, seconds: Double) {
        let labels = Self.labels(["route": route, "code": "\(status)"])
        observe("baton_http_request_duration_seconds", labels, seconds)
    }

    /// Adds one.
    package func count(_ name: String, _ labels: [String: String] = [:]) {
        let series = Series(name: name, labels: Self.labels(labels))
        state.withLockedValue { state in
            guard state.counters[series] != nil || state.counters.count < Self.mostSeries else { return }
            state.counters[series, default: 0] += 1
        }
    }

    /// Notes a duration.
    package func observe(_ name: String, seconds: Double, _ labels: [String: String] = [:]) { observe(name, Self.labels(labels), seconds) }

    private func observe(_ name: String, _ labels: String, _ seconds: Double) {
        let series = Series(name: name, labels: labels)
        state.withLockedValue { state in
            guard state.histograms[series] != nil || state.histograms.count < Self.mostSeries else { return }
            state.histograms[series, default: Histogram()].add(seconds, Self.bounds)
        }
    }

    static func labels(_ labels: [String: String]) -> String {
        labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(escaped($0.value))\"" }.joined(separator: ",")
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    /// What was counted, as text.
    /// - Parameters:
    ///   - help: what each name means.
    ///   - gauges: read now: name, labels, value.
    func text(help: [String: String], gauges: [(name: String, labels: [String: String], value: String)]) -> String {
        let (counters, histograms) = state.withLockedValue { ($0.counters, $0.histograms) }
        var lines: [String] = []
        func begin(_ name: String, _ kind: String) {
            lines.append("# HELP \(name) \(help[name] ?? name)")
            lines.append("# TYPE \(name) \(kind)")
        }
        for (name, group) in Dictionary(grouping: counters, by: \.key.name).sorted(by: { $0.key < $1.key }) {
            begin(name, "counter")
            for (series, value) in group.sorted(by: { $0.key.labels < $1.key.labels }) {
                lines.append(Self.line(name, series.labels, "\(value)"))
            }
        }
        for (name, group) in Dictionary(grouping: histograms, by: \.key.name).sorted(by: { $0.key < $1.key }) {
            begin(name, "histogram")
            for (series, value) in group.sorted(by: { $0.key.labels < $1.key.labels }) {
                lines += value.lines(name, series.labels, Self.bounds)
            }
        }
        for (name, group) in Dictionary(grouping: gauges, by: \.name).sorted(by: { $0.key < $1.key }) {
            begin(name, "gauge")
            for gauge in group { lines.append(Self.line(name, Self.labels(gauge.labels), gauge.value)) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    fileprivate static func line(_ name: String, _ labels: String, _ value: String) -> String {
        labels.isEmpty ? "\(name) \(value)" : "\(name){\(labels)} \(value)"
    }
}

extension Metrics.Histogram {
    fileprivate mutating func add(_ seconds: Double, _ bounds: [Double]) {
        sum += seconds
        count += 1
        if let index = bounds.firstIndex(where: { seconds <= $0 }) { counts[index] += 1 }
    }

    fileprivate func lines(_ name: String, _ labels: String, _ bounds: [Double]) -> [String] {
        let comma = labels.isEmpty ? "" : ","
        var total = 0
        var lines: [String] = []
        for (bound, count) in zip(bounds, counts) {
            total += count
            lines.append("\(name)_bucket{\(labels)\(comma)le=\"\(bound)\"} \(total)")
        }
        lines.append("\(name)_bucket{\(labels)\(comma)le=\"+Inf\"} \(count)")
        lines.append(Metrics.line("\(name)_sum", labels, "\(sum)"))
        lines.append(Metrics.line("\(name)_count", labels, "\(count)"))
        return lines
    }
}
