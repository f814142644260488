// Command seax-local runs SeaX on one machine in one process: PostgreSQL, Temporal with its UI, and the platform.
//
//	seax-local [up]      everything, until Ctrl-C
//	seax-local temporal  only Temporal and its UI
//	seax-local postgres  only PostgreSQL
//
// --reset, or RESET=1, removes all data first. The addresses and the data folder are set by environment variables; see
// settings. A second Ctrl-C does not wait for a clean end.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// From the first signal on, another one has its usual effect.
	context.AfterFunc(ctx, stop)

	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout)
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "seax-local:", err)
		os.Exit(1)
	}
}

// commands are the subcommands. Each returns when ctx ends, or when something of it fails.
var commands = map[string]func(ctx context.Context, s settings, out io.Writer) error{
	"up":       up,
	"postgres": onlyPostgres,
	"temporal": onlyTemporal,
}

func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	name, reset, err := parse(args)
	if err != nil {
		return err
	}
	command, ok := commands[name]
	if !ok {
		return fmt.Errorf("there is no %q; say up, temporal or postgres", name)
	}
	s, err := readSettings(getenv)
	if err != nil {
		return err
	}
	s.reset = s.reset || reset
	return command(ctx, s, out)
}

// parse takes the flag before or after the command.
func parse(args []string) (command string, reset bool, err error) {
	flags := flag.NewFlagSet("seax-local", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&reset, "reset", false, "remove all data first")
	command = "up"
	for given := 0; len(args) > 0; args = flags.Args() {
		if !strings.HasPrefix(args[0], "-") {
			if given++; given > 1 {
				return "", false, fmt.Errorf("%q is one word too many", args[0])
			}
			command, args = args[0], args[1:]
		}
		if err := flags.Parse(args); err != nil {
			return "", false, usage(err)
		}
	}
	return command, reset, nil
}

func usage(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return errors.New("usage: seax-local [up|temporal|postgres] [--reset]")
	}
	return err
}
