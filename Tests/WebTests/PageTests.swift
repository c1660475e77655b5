import Storage
import Testing

@testable import Web

@Suite struct PageTests {
    @Test func `text put into a page stays text`() {
        let name = #"<script>alert("1")</script> & 'x'"#
        let html: HTML = "<p title=\"\(name)\">\(name)</p>"
        #expect(!html.text.contains("<script>"))
        #expect(html.text.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;"))
        #expect(("\(html)" as HTML).text == html.text)
    }

    @Test func `control characters do not get into a page`() {
        let html: HTML = "<p>\("a\u{0}b\u{1B}c\u{9F}d\ne\tf")</p>"
        #expect(html.text == "<p>a\u{FFFD}b\u{FFFD}c\u{FFFD}d\ne\tf</p>")
    }
}

@Suite struct TraceTests {
    @Test func `a trace of the caller is gone on with, under a span of our own`() {
        let given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let trace = Trace(header: given)
        #expect(trace.id == "0af7651916cd43dd8448eb211c80319c")
        #expect(trace.header.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-") && trace.header.hasSuffix("-01") && trace.header != given)
    }

    @Test(
        arguments: [
            "", "x", "00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-extra", "00-0af7651916cd43dd8448eb211c80319c\r\n-b7ad6b7169203331-01",
        ])
    func `a broken one begins a new trace`(_ header: String) {
        let trace = Trace(header: header)
        #expect(trace.id.utf8.count == 32 && trace.id != "0af7651916cd43dd8448eb211c80319c")
    }
}

@Suite struct MetricsTests {
    @Test func `counters, histograms and gauges come out as Prometheus reads them`() {
        let metrics = Metrics()
        metrics.count("baton_messages_total", ["author": "customer"])
        metrics.count("baton_messages_total", ["author": "customer"])
        metrics.observe("baton_db_commit_seconds", seconds: 0.003)
        let text = metrics.text(help: ["baton_messages_total": "Messages."], gauges: [("baton_sse_connections", [:], "5")])
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.contains("# HELP baton_messages_total Messages."))
        #expect(lines.contains("# TYPE baton_messages_total counter"))
        #expect(lines.contains("baton_messages_total{author=\"customer\"} 2"))
        #expect(lines.contains("baton_db_commit_seconds_bucket{le=\"0.0025\"} 0"))
        #expect(lines.contains("baton_db_commit_seconds_bucket{le=\"0.005\"} 1"))
        #expect(lines.contains("baton_db_commit_seconds_bucket{le=\"+Inf\"} 1"))
        #expect(lines.contains("baton_db_commit_seconds_count 1"))
        #expect(lines.contains("baton_sse_connections 5"))
        #expect(text.hasSuffix("\n"))
    }

    @Test func `a label cannot end its line or its quotes`() {
        let metrics = Metrics()
        metrics.count("baton_x_total", ["route": "a\"b\\c\nd"])
        #expect(metrics.text(help: [:], gauges: []).contains(#"baton_x_total{route="a\"b\\c\nd"} 1"#))
    }

    @Test func `labels that are made up without end do not fill the memory`() {
        let metrics = Metrics()
        for number in 0..<10_000 { metrics.count("baton_x_total", ["n": "\(number)"]) }
        #expect(metrics.text(help: [:], gauges: []).split(separator: "\n").count < 2_100)
    }
}
