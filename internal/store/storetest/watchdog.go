package storetest

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"seax/internal/pgembed"
)

// stopAtExit stops the server and removes its folder when this test program ends, however it ends: a shell waits for the
// end of a pipe that only this process holds.
func stopAtExit(pg *pgembed.Server, dir string) {
	read, write, err := os.Pipe()
	if err != nil {
		return
	}
	script := fmt.Sprintf("trap '' INT TERM; read -r _; kill -INT %d; while kill -0 %d 2>/dev/null; do sleep 0.1; done; rm -rf '%s'", pg.Pid(), pg.Pid(), dir)
	watchdog := exec.Command("sh", "-c", script) //nolint:noctx // it outlives every context
	watchdog.Stdin = read
	watchdog.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := watchdog.Start(); err != nil {
		return
	}
	_ = read.Close()
	held = write
}

// held keeps the pipe open for the life of this process.
var held *os.File //nolint:unused // holding it is its use
