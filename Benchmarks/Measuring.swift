import Foundation
import Glibc

/// A moment of the steady clock, and the processor time that this process had used by then.
struct Moment {
    private let wall = Self.read(CLOCK_MONOTONIC)
    private let processor = Self.read(CLOCK_PROCESS_CPUTIME_ID)

    /// Seconds since then.
    var seconds: Double { Self.read(CLOCK_MONOTONIC) - wall }
    /// Seconds of processor time since then, of all threads of this process and of no other process.
    var processorSeconds: Double { Self.read(CLOCK_PROCESS_CPUTIME_ID) - processor }

    private static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// Times of the same thing, many times over.
struct Sample {
    private(set) var seconds: [Double] = []

    mutating func add(_ more: Double) { seconds.append(more) }

    /// The smallest value that is not below a share of all (nearest rank); 0 where there is none.
    func percentile(_ share: Double) -> Double {
        let sorted = seconds.sorted()
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(sorted.count - 1, max(0, Int((Double(sorted.count) * share).rounded(.up)) - 1))]
    }

    var median: Double { percentile(0.5) }
    var mean: Double { seconds.isEmpty ? 0 : seconds.reduce(0, +) / Double(seconds.count) }
}

/// The resident memory of a process, in megabytes (10^6 bytes).
struct Memory {
    /// Everything, mapped files and shared libraries included.
    let resident: Double
    /// What is the process's own and stands in no file.
    let anonymous: Double

    /// - Parameter process: its id, or `self`.
    init(of process: String = "self") throws {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        func field(_ name: String) -> Double {
            let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
            return (line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Double($0) } ?? 0) * 1024 / 1e6
        }
        (resident, anonymous) = (field("VmRSS"), field("RssAnon"))
    }
}

/// What the figures were measured on.
enum Machine {
    static let cores = ProcessInfo.processInfo.activeProcessorCount

    /// Processes that wanted a core in the last minute, on average.
    static var load: Double {
        var loads = [0.0]
        return getloadavg(&loads, 1) == 1 ? loads[0] : 0
    }

    static func description() throws -> String {
        let model = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8).split(separator: "\n").first { $0.hasPrefix("model name") }
        let name = model?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown processor"
        #if DEBUG
            let build = "debug build: the figures mean nothing"
        #else
            let build = "release build"
        #endif
        return "\(cores) cores of \(name), load \(Figure.number(load)), \(build)"
    }
}

/// What other processes did to the machine in the meantime: a load average would count our own work too.
struct Others {
    private let busy: Double
    private let own: Double
    private let began = Moment()

    init() throws { (busy, own) = try Self.read() }

    /// The share of the machine's processor time that went to others since then, 0...1. Children count as ours once they have ended.
    func share() throws -> Double {
        let (busy, own) = try Self.read()
        let all = began.seconds * Double(Machine.cores)
        return all > 0 ? min(1, max(0, (busy - self.busy) - (own - self.own)) / all) : 0
    }

    /// Processor seconds of the machine and of this process with its ended children.
    private static func read() throws -> (busy: Double, own: Double) {
        let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        let machine = try String(contentsOfFile: "/proc/stat", encoding: .utf8).prefix { $0 != "\n" }.split(separator: " ").compactMap {
            Double($0)
        }
        // user nice system idle iowait irq softirq steal
        let busy = machine.enumerated().filter { $0.offset < 8 && $0.offset != 3 && $0.offset != 4 }.reduce(0) { $0 + $1.element }
        let stat = try String(contentsOfFile: "/proc/self/stat", encoding: .utf8)
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        // After the name: state is the first; user, system, and both of the children are the 12th to 15th.
        let own = fields.dropFirst(11).prefix(4).compactMap { Double($0) }.reduce(0, +)
        return (busy / ticks, own / ticks)
    }
}
