package stack

import (
	"os/exec"
	"syscall"
)

// tie has the kernel end the program when this one does, however that ends, and keeps Ctrl-C from it.
func tie(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
