import Engine
import Testing

@testable import LLMBoxCLI

@Suite("Progress in a terminal")
struct LiveRendererTests {
    private func output(_ vertex: Int, _ text: String) -> BuildEvent {
        .output(vertex: vertex, isError: false, bytes: Array(text.utf8))
    }

    private func picture(_ events: [(Double, BuildEvent)], at now: Double, height: Int = 24) -> [String] {
        var renderer = LiveRenderer()
        for (time, event) in events { _ = renderer.show(event, at: time, width: 60, usesColor: false) }
        return renderer.picture(at: now, width: 60, height: height)
    }

    @Test("running steps have their time, the tail of their output, and how far and how fast copies are")
    func picture() {
        let lines = picture(
            [
                (0, .started(vertex: 1, name: "[1/2] FROM base")), (0, .finished(vertex: 1)),
                (1, .started(vertex: 2, name: "[a 2/2] COPY weights /")),
                (1, .progress(vertex: 2, what: "copying /weights", bytes: 0, total: 4_000_000_000)),
                (3, .progress(vertex: 2, what: "copying /weights", bytes: 3_000_000_000, total: 4_000_000_000)),
                (2, .started(vertex: 3, name: "[b 2/2] RUN make")), (2.5, output(3, "one\ntwo\r10%\r20%\nthree")),
            ],
            at: 3
        )
        #expect(lines.count == 6)
        #expect(lines.first?.hasSuffix("1 done, 2 running") == true)
        #expect(lines.contains { $0.hasPrefix(" => => copying /weights ") && $0.hasSuffix("1.5GB/s  ETA 0.7s") })
        #expect(lines.suffix(2) == [" => => # one", " => => # 20%"])
        #expect(lines.allSatisfy { $0.count <= 60 })
    }

    @Test("the picture never has more lines than the screen", arguments: [1, 3, 5, 8, 24])
    func height(_ height: Int) {
        let many = (1...12).flatMap { number -> [(Double, BuildEvent)] in
            [(0, .started(vertex: number, name: "work \(number)")), (0, output(number, "a\nb\nc\nd\ne\nf\ng\n"))]
        }
        #expect(picture(many, at: 1, height: height).count <= max(2, height - 1))
    }

    @Test("a picture is erased by the rows that it takes, also when the terminal has become narrower")
    func rows() {
        #expect(LiveRenderer.rows(of: [78, 10, 0], width: 80) == 3)
        #expect(LiveRenderer.rows(of: [78, 10, 0, 40, 41], width: 40) == 2 + 1 + 1 + 1 + 2)
        #expect(LiveRenderer.rows(of: [], width: 40) == 0)
    }

    @Test("what has ended stays as a line, with its mark")
    func settled() {
        var renderer = LiveRenderer()
        var lines: [String] = []
        let events: [BuildEvent] = [
            .started(vertex: 1, name: "a"), .started(vertex: 2, name: "b"), .started(vertex: 3, name: "c"),
            .cached(vertex: 1), .finished(vertex: 1), .failed(vertex: 2, message: "x"), .canceled(vertex: 3),
        ]
        for event in events { lines.append(renderer.show(event, at: 1, width: 30, usesColor: false)) }
        #expect(
            lines.filter { !$0.isEmpty } == [
                " => CACHED a             0.0s\n", " => ERROR b              0.0s\n",
                " => CANCELED c           0.0s\n",
            ]
        )
        #expect(renderer.picture(at: 2, width: 30, height: 24).isEmpty)
    }
}
