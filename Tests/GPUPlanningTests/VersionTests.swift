internal import GPUPlanning
internal import Testing

@Suite struct VersionTests {
    @Test("versions are compared number by number")
    func order() {
        #expect(version("535.161.07") < version("535.161.10"))
        #expect(version("9.0") < version("13.0"))
        #expect(version("13") == version("13.0"))
        #expect(version("580.65.06") == version("580.65.6"))
        #expect(DriverVersion("580.x") == nil && DriverVersion("") == nil && DriverVersion("1..2") == nil)
        #expect(
            DriverVersion.first(
                in: "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159.04  Release Build"
            )
                == DriverVersion("580.159.04")
        )
    }

    @Test(
        "a driver serves a CUDA release in full, within its major release, or not",
        arguments: [
            ("13.0", "580.65.06", CUDARelease.Verdict.full), ("12.4", "580.159.04", .full),
            ("12.7", "570.26", .full), ("11.8", "470.82.01", .minorCompatible(wants: version("520.61.05"))),
            ("13.1", "580.159.04", .minorCompatible(wants: version("590.44.01"))),
            ("13.0", "570.124.06", .unserved(needs: version("580.65.06"))),
            ("12.0", "470.82.01", .unserved(needs: version("525.60.13"))),
            ("10.1", "410.48", .unserved(needs: version("418.39"))), ("14.0", "700.1", .unknown),
        ]
    )
    func verdicts(release: String, driver: String, verdict: CUDARelease.Verdict) throws {
        let (release, driver) = (try #require(DriverVersion(release)), try #require(DriverVersion(driver)))
        #expect(CUDARelease.verdict(release: release, driver: driver) == verdict)
    }

    @Test(
        "the branch of a driver tells the newest CUDA release",
        arguments: [
            ("580.159.04", "13.0"), ("535.161.07", "12.2"), ("545.1", "12.3"), ("620.1", "13.3"), ("384.81", "9.0"),
        ]
    )
    func newest(driver: String, release: String) throws {
        #expect(CUDARelease.newest(for: try #require(DriverVersion(driver)))?.description == release)
    }

    @Test("an address of the bus is the same in both spellings")
    func addresses() {
        #expect(BusAddress("00000000:1A:00.0") == BusAddress("0000:1a:00.0"))
        #expect(BusAddress("1a:00.0")?.description == "0000:1a:00.0")
        #expect(BusAddress("1a:00") == nil && BusAddress("x:y:z.0") == nil)
    }
}

/// A version that is known to be one.
private func version(_ text: String) -> DriverVersion {
    guard let version = DriverVersion(text) else { preconditionFailure("`\(text)` is no version") }
    return version
}
