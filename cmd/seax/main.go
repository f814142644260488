// Command seax is SeaX: its API, its worker, and the tools around them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"seax/internal/config"
	"seax/internal/platform"
	"seax/internal/store"
)

const usage = `seax: an open contact center

  seax migrate           bring the database up to date
  seax api               serve the API, webhooks, sockets and web pages
  seax worker            run conversations
  seax apply -f FILE     put routing as a file in place; --dry-run only says what would change
  seax export            write routing as a file (-o FILE)
  seax schema            write the schema of routing files, for editors
  seax doctor ID         say what a conversation waits for
  seax check             check the invariants of the whole database
  seax reports rebuild   make the numbers of reports anew from the whole log
  seax simulate FILE     try out staff and routing in virtual time (docs/simulation.md)
  seax import taskrouter FILE...
                         make routing of Twilio TaskRouter's resources (docs/taskrouter.md)
  seax record            write what came in a time, to be simulated (docs/simulation.md)
  seax flow new NAME     begin a new flow, with its test, in workflows/flows
  seax connector new NAME
                         begin a new connector, with the fake of its provider, in connectors

Settings are environment variables: SEAX_DATABASE_URL and others (docs/operations.md), and
Temporal's own (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, ...).
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "seax:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("no such command; see seax help")

// run does what the arguments say; what people asked to see goes to out.
func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		_, err := fmt.Fprint(out, usage)
		return err
	}
	if args[0] == "flow" {
		if len(args) == 3 && args[1] == "new" {
			return newFlow(".", args[2], out)
		}
		return errUsage
	}
	if args[0] == "connector" {
		if len(args) == 3 && args[1] == "new" {
			return newConnector(".", args[2], out)
		}
		return errUsage
	}
	if args[0] == "simulate" {
		return simulate(ctx, args[1:], out)
	}
	if args[0] == "import" {
		if len(args) > 1 && args[1] == "taskrouter" {
			return importTaskRouter(args[2:], out, os.Stderr)
		}
		return errUsage
	}
	if args[0] == "schema" && len(args) == 1 {
		return schema(out)
	}
	c, err := config.FromEnv()
	if err != nil {
		return err
	}
	logger := newLogger(c.LogLevel)
	switch {
	case args[0] == "migrate" && len(args) == 1:
		return migrate(ctx, c, out)
	case args[0] == "api" && len(args) == 1:
		return serve(ctx, c, platform.Roles{API: true}, logger)
	case args[0] == "worker" && len(args) == 1:
		return serve(ctx, c, platform.Roles{Worker: true}, logger)
	case args[0] == "apply":
		return apply(ctx, c, args[1:], os.Stdin, out)
	case args[0] == "export":
		return export(ctx, c, args[1:], out)
	case args[0] == "doctor" && len(args) == 2:
		return doctor(ctx, c, args[1], out)
	case args[0] == "record":
		return record(ctx, c, args[1:], out)
	case args[0] == "check" && len(args) == 1:
		return check(ctx, c, out)
	case args[0] == "reports" && len(args) == 2 && args[1] == "rebuild":
		return rebuildReports(ctx, c, out, logger)
	default:
		return errUsage
	}
}

func newLogger(level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: l}))
}

func migrate(ctx context.Context, c config.Config, out io.Writer) error {
	if err := c.NeedDatabase(); err != nil {
		return err
	}
	pool, err := store.Open(ctx, c.DatabaseURL, 4)
	if err != nil {
		return err
	}
	defer pool.Close()
	version, err := store.Migrate(ctx, pool)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "The database is at version %d.\n", version)
	return err
}

func serve(ctx context.Context, c config.Config, roles platform.Roles, logger *slog.Logger) error {
	p, err := platform.New(ctx, c, roles, logger)
	if err != nil {
		return err
	}
	defer p.Close()
	return p.Run(ctx, func() {
		if roles.API {
			logger.Info("listening", "address", c.HTTPAddr, "url", c.PublicURL)
		} else {
			logger.Info("working")
		}
	})
}
