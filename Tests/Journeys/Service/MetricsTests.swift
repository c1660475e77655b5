import Delivery
import Foundation
import Notation
import Testing
import Transfer

@testable import Web

/// `/metrics` by the rules of Prometheus' text format 0.0.4 and of its naming, as `promtool check metrics` has them.
struct MetricsTests {
    @Test func `the figures are what a collector can read`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            try await served.say("What does a withdrawal cost?", visitor)
            for path in ["/v1/nothing", "/v1/conversations", "/v1/\"quoted\\path", "/healthz"] {
                _ = try await served.send("GET", path, as: served.key)
            }
            _ = try await served.send("GET", "/v1/events", as: "bat_live_wrong")
            let answer = try await served.send("GET", "/metrics")
            #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            var page = MetricsPage()
            for (number, line) in answer.text.components(separatedBy: "\n").enumerated() { page.read(line, number: number + 1) }
            page.finish()
            #expect(page.faults.isEmpty, "\(page.faults)\n\(answer.text)")
            #expect(answer.text.hasSuffix("\n"))
            #expect(page.names.contains("baton_http_request_duration_seconds") && page.names.contains("baton_sse_connections"))
            #expect(!answer.text.contains(visitor.conversation), "a figure is labelled with somebody's id")
        }
    }

    @Test func `what is to be told outside is counted until it is out`() async throws {
        try await Served.run { served in
            func pending() async throws -> String? {
                try await served.send("GET", "/metrics").text.split(separator: "\n").map(String.init)
                    .first { $0.hasPrefix("baton_deliveries_pending{kind=\"item\"}") }
            }
            #expect(try await pending() == "baton_deliveries_pending{kind=\"item\"} 0")
            let visitor = try await served.open()
            _ = try await served.send("POST", visitor.path + "/handoff", as: visitor.token, key: "h")
            #expect(try await pending() == "baton_deliveries_pending{kind=\"item\"} 1")
            await served.service.courier.pass()
            #expect(try await pending() == "baton_deliveries_pending{kind=\"item\"} 0")
            #expect(try await served.send("GET", "/metrics").text.contains("baton_deliveries_pending{kind=\"webhook\"} 0"))
        }
    }

    @Test func `the reader of the test finds what is wrong`() {
        let bad = [
            "baton_x_total 1", "# TYPE baton_x_total counter\nbaton_x_total 1", "# HELP baton_x x\n# TYPE baton_x counter\nbaton_x 1",
            "# HELP baton_x_total x\n# TYPE baton_x_total counter\nbaton_x_total 1\nbaton_x_total 2",
            "# HELP baton_x_total x\n# TYPE baton_x_total counter\nbaton_x_total{a=\"b} 1",
            "# HELP baton_ms x\n# TYPE baton_ms gauge\nbaton_ms 1",
            "# HELP baton_x_seconds x\n# TYPE baton_x_seconds histogram\nbaton_x_seconds_bucket{le=\"1\"} 2\nbaton_x_seconds_bucket{le=\"+Inf\"} 1\nbaton_x_seconds_sum 1\nbaton_x_seconds_count 1",
            "# HELP baton_x_seconds x\n# TYPE baton_x_seconds histogram\nbaton_x_seconds_bucket{le=\"1\"} 1\nbaton_x_seconds_sum 1\nbaton_x_seconds_count 1",
        ]
        for text in bad {
            var page = MetricsPage()
            for (number, line) in text.components(separatedBy: "\n").enumerated() { page.read(line, number: number + 1) }
            page.finish()
            #expect(!page.faults.isEmpty, "\(text)")
        }
    }
}

/// Reads a page of figures as strictly as a collector may.
private struct MetricsPage {
    private(set) var faults: [String] = []
    private(set) var names: Set<String> = []
    private var helped: Set<String> = []
    private var kinds: [String: String] = [:]
    private var current = ""
    private var series: Set<String> = []
    /// Buckets by name and labels without `le`, in their order.
    private var buckets: [String: [(bound: Double, count: Double)]] = [:]
    private var counts: [String: Double] = [:]
    private var sums: Set<String> = []

    mutating func read(_ line: String, number: Int) {
        var found: [String] = []
        defer { faults += found.map { "line \(number): \($0): \(line)" } }
        func fault(_ what: String) { found.append(what) }
        if line.isEmpty { return }
        if line.hasPrefix("# ") {
            found += readComment(line)
            return
        }
        guard let sample = Sample(line) else { return fault("no sample") }
        let name = family(of: sample.name)
        guard let kind = kinds[name], helped.contains(name) else { return fault("no HELP and TYPE before it") }
        if name != current { fault("its family is not together") }
        names.insert(name)
        if !series.insert(sample.name + sample.labels.description).inserted { fault("twice") }
        if kind == "counter", !name.hasSuffix("_total") { fault("a counter must end in _total") }
        if kind != "counter", name.hasSuffix("_total") { fault("only counters end in _total") }
        if kind != "gauge", sample.value < 0 { fault("below zero") }
        guard kind == "histogram" else { return }
        found += readHistogram(sample, name)
    }

    private mutating func readComment(_ line: String) -> [String] {
        var found: [String] = []
        func fault(_ what: String) { found.append(what) }
        let words = line.split(separator: " ", maxSplits: 3).map(String.init)
        guard words.count == 4, words[2].range(of: "^[a-z][a-z0-9_]*$", options: .regularExpression) != nil else {
            return ["no comment"]
        }
        let name = words[2]
        switch words[1] {
        case "HELP":
            if !helped.insert(name).inserted { fault("HELP twice") }
            if words[3] == name { fault("HELP says nothing") }
        case "TYPE":
            if kinds.updateValue(words[3], forKey: name) != nil { fault("TYPE twice") }
            if !["counter", "gauge", "histogram"].contains(words[3]) { fault("TYPE is unknown") }
            if name.contains(where: \.isUppercase)
                || ["_ms", "_milliseconds", "_minutes", "_kilobytes", "_percent"].contains(where: name.hasSuffix)
            {
                fault("not in base units")
            }
            if words[3] == "histogram", !["_seconds", "_bytes"].contains(where: name.hasSuffix) { fault("the name has no unit") }
            current = name
        default: fault("unknown comment")
        }
        return found
    }

    private func family(of name: String) -> String {
        for suffix in ["_bucket", "_sum", "_count"] where name.hasSuffix(suffix) {
            let base = String(name.dropLast(suffix.count))
            if kinds[base] == "histogram" { return base }
        }
        return name
    }

    private mutating func readHistogram(_ sample: Sample, _ name: String) -> [String] {
        let others = name + sample.labels.filter { $0.name != "le" }.description
        if sample.name.hasSuffix("_bucket") {
            guard let text = sample.labels.first(where: { $0.name == "le" })?.value,
                let bound = text == "+Inf" ? Double.infinity : Double(text)
            else { return ["a bucket without le"] }
            if let last = buckets[others]?.last, last.bound >= bound || last.count > sample.value { return ["buckets are not cumulative"] }
            buckets[others, default: []].append((bound, sample.value))
        } else if sample.name.hasSuffix("_count") {
            counts[others] = sample.value
        } else if sample.name.hasSuffix("_sum") {
            sums.insert(others)
        } else {
            return ["no part of a histogram"]
        }
        return []
    }

    mutating func finish() {
        for (name, all) in buckets {
            if all.last?.bound != .infinity || all.last?.count != counts[name] {
                faults.append("\(name): the last bucket is not the count")
            }
            if !sums.contains(name) { faults.append("\(name): no sum") }
        }
    }

    private struct Label: CustomStringConvertible {
        let name: String
        let value: String
        var description: String { "\(name)=\(value)" }
    }

    private struct Sample {
        let name: String
        var labels: [Label] = []
        let value: Double

        init?(_ line: String) {
            var rest = Substring(line)
            name = String(rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") })
            rest = rest.dropFirst(name.count)
            if rest.first == "{" {
                rest = rest.dropFirst()
                while rest.first != "}" {
                    let label = String(rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
                    rest = rest.dropFirst(label.count)
                    guard !label.isEmpty, rest.hasPrefix("=\"") else { return nil }
                    rest = rest.dropFirst(2)
                    var value = ""
                    while let next = rest.popFirst(), next != "\"" {
                        value.append(next == "\\" ? rest.popFirst() ?? " " : next)
                        if rest.isEmpty { return nil }
                    }
                    labels.append(Label(name: label, value: value))
                    if rest.first == "," { rest = rest.dropFirst() } else if rest.first != "}" { return nil }
                }
                rest = rest.dropFirst()
            }
            guard !name.isEmpty, rest.first == " ", let number = Double(rest.dropFirst()) else { return nil }
            value = number
        }
    }
}
