import Glibc
import LaunchProtocol
import LinuxKernel
exit(LaunchPlan.formatVersion == 1 ? 0 : 1)
