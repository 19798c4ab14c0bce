internal import Glibc

/// Whether a condition comes true before the time is up, asked again and again.
///
/// The time is not an expectation of how long something takes: it only ends a test that would hang, so it is far longer
/// than anything takes on a loaded machine.
@discardableResult
public func eventually(
    within seconds: Int = 90,
    every milliseconds: UInt32 = 20,
    _ condition: () throws -> Bool
) rethrows -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    while true {
        if try condition() { return true }
        if clock.now >= end { return false }
        usleep(milliseconds * 1000)
    }
}
