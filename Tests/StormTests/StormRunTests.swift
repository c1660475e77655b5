import Foundation
import Storm
import Support
import Testing

/// The proof itself.
struct StormRunTests {
    @Test func `fifty times killed under the load of 32 clients, the service keeps every promise`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        var settings = StormSettings(program: try Program("baton").path, prompts: Project.path("Prompts"), folder: folder.path)
        (settings.rounds, settings.clients) = (ProcessInfo.processInfo.environment["BATON_STORM_ROUNDS"].flatMap { Int($0) } ?? 50, 32)
        settings.seed = 20_261_130
        let storm = try Storm(settings)
        let report = try await Turnstile.servers.pass(share: nil) { try await storm.run() }
        print(report.line)
        #expect(report.violations == [])
        #expect(
            report.counts.acknowledged > 200 && report.counts.replies > 50 && report.counts.takeovers > 20 && report.counts.ambushes > 0)
    }
}
