import Foundation
import Storm
import Support
import Testing

/// The harness itself: it must find each broken promise by its name, and nothing where all are kept.
struct StormSelfTests {
    private func storm(_ lie: LyingProxy.Lie) async throws -> StormReport {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        let proxy = try LyingProxy(lie, log: ServedProgram.Places(folder: folder.path).log)
        defer { proxy.close() }
        var settings = StormSettings(program: try Program("baton").path, prompts: Project.path("Prompts"), folder: folder.path)
        (settings.rounds, settings.seed, settings.clients, settings.kills) = (1, 11, 12, false)
        settings.loadMilliseconds = 1500...1500
        settings.gateway = { proxy.port(for: $0) }
        let storm = try Storm(settings)
        return try await Turnstile.servers.pass { try await storm.run() }
    }

    @Test func `through an honest proxy nothing is found`() async throws {
        let report = try await storm(.honest)
        #expect(report.violations == [], "\(report.line)")
        #expect(report.counts.replies > 0 && report.counts.takeovers > 0 && report.counts.frames > 0, "\(report.line)")
    }

    @Test(arguments: LyingProxy.Lie.all) func `a storm finds a server that`(lie: LyingProxy.Lie) async throws {
        let report = try await storm(lie)
        #expect(
            report.violations.contains { $0.invariant == lie.invariant },
            "\(lie.name) was not found as \(lie.invariant.rawValue): \(report.line)")
    }
}
