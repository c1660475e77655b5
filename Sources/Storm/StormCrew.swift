import NIOConcurrencyHelpers

/// Who takes part in a storm of a given size: of 32, 20 customers, 3 pairs of teammates, 3 readers, finance, one who abuses keys, and one who lies in
/// ambush.
struct StormCrew {
    let scene: Scene
    let settings: StormSettings

    private var readers: Int { max(1, settings.clients / 10) }
    private var pairs: Int { max(1, settings.clients / 10) }
    private var customers: Int { max(2, settings.clients - readers - 2 * pairs - 3) }

    /// Lets everybody live while `body` runs; then they finish what they have begun, and `quiet` runs with only the readers left.
    func during(_ body: () async throws -> Void, quiet: () async throws -> Void) async throws {
        scene.witness.note { $0.frames = Array(repeating: [], count: readers) }
        let (said, tell) = AsyncStream.makeStream(of: StormModel.Said.self)
        scene.model.tells { tell.yield($0) }
        let reading = Task { await read() }
        let living = Task { await live(said) }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        scene.end()
        tell.finish()
        if case .failure = result { living.cancel() }
        await living.value
        defer { reading.cancel() }
        try result.get()
        try await quiet()
        reading.cancel()
        await reading.value
    }

    private func read() async {
        await withDiscardingTaskGroup { group in
            for number in 0..<readers {
                group.addTask {
                    var reader = StormReader(scene, number: number, seed: settings.seed)
                    await reader.live()
                }
            }
        }
    }

    private func live(_ said: AsyncStream<StormModel.Said>) async {
        await withDiscardingTaskGroup { group in
            for number in 0..<customers {
                group.addTask {
                    var customer = StormCustomer(scene, number: number, seed: settings.seed)
                    await customer.live()
                }
            }
            for number in 0..<pairs {
                group.addTask {
                    var pair = StormPair(scene, number: number, seed: settings.seed)
                    await pair.live()
                }
            }
            group.addTask {
                var finance = StormFinance(scene, seed: settings.seed)
                await finance.live()
            }
            group.addTask {
                var abuser = StormAbuser(scene, seed: settings.seed)
                await abuser.live()
            }
            group.addTask {
                var ambush = StormAmbush(scene, seed: settings.seed)
                await ambush.live(said)
            }
        }
    }
}
