import NIOConcurrencyHelpers
import Testing

@testable import Assistant

/// The places at which turns are worked on.
struct PlacesTests {
    @Test func `no more are inside than there are places`() async {
        let places = Places(3)
        let state = NIOLockedValueBox((inside: 0, most: 0, served: 0))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    guard await places.take() else { return }
                    state.withLockedValue {
                        $0.inside += 1
                        $0.most = max($0.most, $0.inside)
                    }
                    await Task.yield()
                    state.withLockedValue {
                        $0.inside -= 1
                        $0.served += 1
                    }
                    places.give()
                }
            }
        }
        let (inside, most, served) = state.withLockedValue { $0 }
        #expect(inside == 0 && most <= 3 && served == 200)
    }

    @Test func `who came first is served first`() async {
        let places = Places(1)
        #expect(await places.take())
        let order = NIOLockedValueBox([Int]())
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<5 {
                group.addTask {
                    guard await places.take() else { return }
                    order.withLockedValue { $0.append(number) }
                    places.give()
                }
                // The next comes when this one stands in the line.
                while places.waitingCount <= number { await Task.yield() }
            }
            places.give()
        }
        #expect(order.withLockedValue { $0 } == [0, 1, 2, 3, 4])
    }

    @Test func `when the doors close, those who wait and those who come are sent away`() async {
        let places = Places(1)
        #expect(await places.take())
        let waiting = Task { await places.take() }
        while places.waitingCount == 0 { await Task.yield() }
        places.close()
        #expect(await waiting.value == false)
        #expect(await places.take() == false)
        places.give()
        #expect(await places.take() == false)
    }
}
