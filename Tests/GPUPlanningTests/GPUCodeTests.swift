internal import GPUPlanning
internal import TestSupport
internal import Testing

@Suite struct GPUCodeTests {
    private func code(_ file: [UInt8], limit: Int = 1024) throws -> GPUCode? {
        try GPUCode(limit: limit) { offset, count in
            guard offset < file.count, count >= 0 else { return [] }
            return Array(file[Int(offset)..<min(file.count, Int(offset) + count)])
        }
    }

    @Test("the generations that a library has code for are read from the headers of its parts")
    func headers() throws {
        let parts = [
            MockBinary.fatBinary(machineCode: [80, 86], payload: 33), MockBinary.fatBinary(machineCode: [90]),
            MockBinary.fatBinary(machineCode: [], portableCode: [90]),
        ]
        let code = try #require(try code(MockBinary.library(parts)))
        #expect(code == GPUCode(machineCode: [80, 86, 90], portableCode: [90]))
        #expect(code.text == "machine code for 8.0, 8.6, 9.0 and portable code from 9.0 on")
        #expect(try self.code(MockBinary.elf([(".text", [1, 2, 3])])) == nil)
        #expect(try self.code(Array("#!/bin/sh\n".utf8)) == nil && self.code([]) == nil)
    }

    @Test(
        "machine code runs on later GPUs of its own generation, portable code on all later ones",
        arguments: [
            ("9.0", [80, 90], [], true), ("8.6", [80], [], true), ("8.0", [86], [], false),
            ("9.0", [80, 86], [], false),
            ("10.0", [80, 90], [90], true), ("7.5", [80], [80], false), ("12.0", [100], [], false),
            ("12.1", [120], [], true), ("10.3", [100, 120], [], true),
        ] as [(String, Set<Int>, Set<Int>, Bool)]
    )
    func generations(architecture: String, machine: Set<Int>, portable: Set<Int>, runs: Bool) throws {
        let code = GPUCode(machineCode: machine, portableCode: portable)
        #expect(code.runs(on: try #require(DriverVersion(architecture))) == runs)
    }

    @Test("no damaged file makes the reader fall over, and no large one takes long")
    func damaged() throws {
        let file = MockBinary.library([MockBinary.fatBinary(machineCode: [75, 80, 90], portableCode: [90])])
        for length in stride(from: 0, to: file.count, by: 3) { _ = try code(Array(file[..<length])) }
        for place in file.indices {
            for byte in [UInt8(0), 0xff, 0x80] {
                var changed = file
                changed[place] = byte
                _ = try code(changed)
            }
        }
        let many = MockBinary.library((0..<200).map { _ in MockBinary.fatBinary(machineCode: [80]) })
        #expect(try code(many, limit: 20) == GPUCode(machineCode: [80]))
    }

    @Test(
        "a product's name tells its generation, its line, and whether it takes another libcuda",
        arguments: [
            ("NVIDIA H100 80GB HBM3", "9.0", true, "nvidia"), ("NVIDIA H200", "9.0", true, "nvidia"),
            ("NVIDIA A100-SXM4-40GB", "8.0", true, "nvidia"), ("Tesla T4", "7.5", true, "tesla"),
            ("Tesla V100-SXM2-16GB", "7.0", true, "tesla"), ("NVIDIA L40S", "8.9", true, "nvidia"),
            ("NVIDIA A10G", "8.6", true, "nvidia"), ("NVIDIA B200", "10.0", true, "nvidia"),
            ("NVIDIA GeForce RTX 4090", "8.9", false, "geforcertx"),
            ("NVIDIA GeForce RTX 5090", "12.0", false, "geforcertx"),
            ("NVIDIA GeForce RTX 3060 Laptop GPU", "8.6", false, "geforcertx"),
            ("NVIDIA GeForce GTX 1080 Ti", "6.1", false, "geforce"), ("NVIDIA TITAN RTX", "7.5", false, "titanrtx"),
            ("NVIDIA RTX A6000", "8.6", nil, "nvidiartx"), ("NVIDIA RTX 6000 Ada Generation", "8.9", nil, "nvidiartx"),
            ("NVIDIA RTX PRO 6000 Blackwell Server Edition", "12.0", nil, "nvidiartx"),
            ("Quadro RTX 6000", "7.5", nil, "quadrortx"), ("NVIDIA Something New", nil, nil, nil), ("", nil, nil, nil),
        ] as [(String, String?, Bool?, String?)]
    )
    func models(name: String, architecture: String?, takes: Bool?, brand: String?) {
        let model = GPUModel(name)
        #expect(model.architecture?.description == architecture)
        #expect(model.takesCompatibility == takes)
        #expect(model.brands.first == brand)
    }

    @Test("an image without code for a GPU's generation is warned about, by the name of the library")
    func finding() throws {
        let machine = Machines.two()
        var image = GPUImageFacts()
        let path = "/opt/venv/lib/python3.12/site-packages/torch/lib/libtorch_cuda.so"
        image.code = [.init(path: path, code: GPUCode(machineCode: [70, 75, 80]))]
        let finding = try #require(GPUExamination(machine, image: image).findings().first { $0.weight > .note })
        #expect(finding.weight == .likely)
        #expect(finding.what.contains("no code for GPU 0, 1"), "\(finding)")
        #expect(finding.why?.contains("generation 9.0, and `\(path)` has machine code for 7.0, 7.5, 8.0") == true)
        image.code[0].code.portableCode = [80]
        #expect(!GPUExamination(machine, image: image).findings().contains { $0.weight > .note })
    }
}

@Suite struct GPUFaultTests {
    @Test(
        "faults are read from the kernel's log, as the device and as `dmesg` write it",
        arguments: [
            (
                "4,1234,5678,-;NVRM: Xid (PCI:0000:1a:00): 79, pid=1234, GPU has fallen off the bus.", "0000:1a:00.0",
                79, true
            ),
            ("[  12.3] NVRM: Xid (PCI:0000:3b:00): 31, pid='<unknown>', name=<unknown>", "0000:3b:00.0", 31, false),
            ("6,1,1,-;NVRM: NVRM: Xid (PCI:0000:0f:00.0): 119, Timeout", "0000:0f:00.0", 119, true),
        ]
    )
    func lines(line: String, address: String, number: Int, isFatal: Bool) throws {
        let fault = try #require(GPUFault(line: line))
        #expect(fault.address.description == address && fault.number == number && fault.isFatal == isFatal)
    }

    @Test(
        "other lines are none",
        arguments: [
            "", "NVRM: loading", "NVRM: Xid (PCI:zz): 79", "NVRM: Xid (PCI:0000:1a:00): none", "usb 1-1: new NNN",
        ]
    )
    func others(line: String) { #expect(GPUFault(line: line) == nil) }
}
