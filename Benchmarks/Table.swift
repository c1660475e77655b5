import Foundation

/// One figure, beside what was measured for comparison.
struct Figure {
    /// What is measured.
    let name: String
    let value: Double
    let unit: String
    /// What it is held against, in the same unit and measured in the same run unless its name says otherwise; nil where the figure stands for itself.
    var yardstick: (name: String, value: Double)?

    /// Value over yardstick; a small one as a fraction, which is easier to say.
    var ratio: String {
        guard let yardstick, yardstick.value > 0, value > 0 else { return "" }
        let ratio = value / yardstick.value
        return ratio < 0.095 ? "1/\(Self.number(1 / ratio))" : Self.number(ratio)
    }

    /// Three digits that count.
    static func number(_ value: Double) -> String {
        switch abs(value) {
        case 0: "0"
        case ..<0.0995: String(format: "%.4f", value)
        case ..<0.9995: String(format: "%.3f", value)
        case ..<9.995: String(format: "%.2f", value)
        case ..<99.95: String(format: "%.1f", value)
        default: String(format: "%.0f", value)
        }
    }
}

/// Prints figures as they become known, with a word where the machine was too busy for them.
final class Table {
    private var busyGroups: [String] = []

    func head(_ machine: String) {
        print("Baton, benchmarks: \(machine)")
        print("ratio = figure / yardstick; both measured in this run unless stated")
        guard Machine.load > Double(Machine.cores) else { return }
        print("THE MACHINE IS LOADED (load \(Figure.number(Machine.load)) on \(Machine.cores) cores).")
    }

    /// Prints a group's figures under its name.
    func group(_ name: String, _ measure: () async throws -> Void) async throws {
        print("")
        line(name, "figure", "unit", "yardstick", "", "ratio")
        print(String(repeating: "-", count: Self.widths.reduce(Self.widths.count - 1, +)))
        let others = try Others()
        try await measure()
        let share = try others.share()
        guard share > 0.1 else { return }
        busyGroups.append(name)
        note("THE MACHINE WAS LOADED: other processes took \(Int((share * 100).rounded())) % of its processor time meanwhile.")
    }

    func add(_ figure: Figure) {
        line(
            figure.name, Figure.number(figure.value), figure.unit, figure.yardstick?.name ?? "",
            figure.yardstick.map { Figure.number($0.value) } ?? "",
            figure.ratio)
    }

    /// A sentence under the figures.
    func note(_ text: String) {
        print("  " + text)
        flush()
    }

    func end(seconds: Double) {
        print("")
        print("\(Int(seconds.rounded())) s in all.")
        guard !busyGroups.isEmpty else { return }
        print("Do not quote the times of \(busyGroups.joined(separator: ", ")): the machine was loaded. CPU seconds bear it better.")
    }

    private static let widths = [52, 9, 8, 44, 9, 8]

    private func line(_ name: String, _ value: String, _ unit: String, _ yardstick: String, _ other: String, _ ratio: String) {
        let cells = [name, value, unit, yardstick, other, ratio]
        let isNumber = [false, true, false, false, true, true]
        let padded = zip(zip(cells, Self.widths), isNumber).map { cell, isNumber in
            let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
            return isNumber ? space + cell.0 : cell.0 + space
        }
        print(padded.joined(separator: " "))
        flush()
    }

    private func flush() { fflush(nil) }
}
