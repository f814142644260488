// Command bench measures SeaX on this machine: real processes, real HTTP, real sockets, its own data folder. Each number
// stands beside what the machine can do at best, measured in the same run: a bare commit in the same PostgreSQL, a bare
// workflow on the same Temporal server.
//
// It prints a table and writes bench.json. docs/PERFORMANCE.md says what the rows mean.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"seax/deploy/local/crowd"
	"seax/deploy/local/stack"
)

// settings are how much is done.
type settings struct {
	customers, agents, open int
	each                    time.Duration
	only                    string
}

// bench is a run.
type bench struct {
	settings
	*stack.Stack
	admin *crowd.Agent
	// providers is where calls to providers come to.
	providers net.Listener
	// visitors counts customers, who each come from an address of their own.
	visitors int
	rows     []row
	say      io.Writer
}

// section is a part of the run whose rows belong together.
type section struct {
	name    string
	measure func(*bench, context.Context) error
}

var sections = []section{
	{"baselines", (*bench).baselines},
	{"messages", (*bench).messages},
	{"offers", (*bench).offers},
	{"throughput", (*bench).throughput},
	{"arrivals", (*bench).arrivals},
	{"matching", (*bench).matching},
	{"simulation", (*bench).theory},
	{"channels", (*bench).channels},
	// Last: it leaves thousands of conversations open, whose time is up one after the other.
	{"memory", (*bench).memory},
	{"bundles", (*bench).bundles},
}

func main() {
	b := &bench{say: os.Stdout}
	seconds := flag.Int("seconds", 20, "how long each rate is held")
	out := flag.String("out", filepath.Join("..", "..", "bench.json"), "where the numbers go")
	flag.IntVar(&b.customers, "customers", 50, "customers who talk at once")
	flag.IntVar(&b.agents, "agents", 10, "agents who answer them")
	flag.IntVar(&b.open, "open", 10_000, "open conversations when memory is read")
	flag.StringVar(&b.only, "only", "", "only these sections, with commas: "+strings.Join(names(), ","))
	flag.Parse()
	b.each = time.Duration(*seconds) * time.Second

	slog.SetDefault(slog.New(slog.DiscardHandler))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := b.run(ctx, *out)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func names() []string {
	all := make([]string, len(sections))
	for i, s := range sections {
		all[i] = s.name
	}
	return all
}

func (b *bench) run(ctx context.Context, out string) (err error) {
	dir, err := os.MkdirTemp("", "seax-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	root := filepath.Join("..", "..", "bin")
	programs := stack.Programs{Seax: filepath.Join(root, "seax"), Local: filepath.Join(root, "seax-local")}
	_, _ = fmt.Fprintln(b.say, "Starting SeaX as separate processes ...")
	if b.providers, err = new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	defer func() { _ = b.providers.Close() }()
	b.Stack, err = stack.Start(ctx, dir, programs, "SEAX_PROVIDER_PROXY=http://"+b.providers.Addr().String())
	if b.Stack != nil {
		defer func() { _, _ = b.Close() }()
	}
	if err != nil {
		return err
	}
	b.admin = crowd.NewAgent(b.BaseURL, stack.Admin, stack.Password, nil)
	defer b.admin.Close()
	if err := b.admin.SignIn(ctx); err != nil {
		return err
	}
	// What has been measured is told also when the rest cannot be, or is not waited for.
	failed := b.measure(ctx)
	report := report{Date: time.Now().UTC().Format(time.DateOnly), Machine: machine(), Rows: b.rows}
	_, _ = fmt.Fprint(b.say, "\n", report)
	encoded, err := json.MarshalIndent(report, "", "  ")
	if err == nil {
		err = os.WriteFile(out, append(encoded, '\n'), 0o644)
	}
	return errors.Join(failed, err)
}

// measure goes through the sections that are asked for.
func (b *bench) measure(ctx context.Context) error {
	for _, s := range sections {
		if b.only != "" && !strings.Contains(","+b.only+",", ","+s.name+",") {
			continue
		}
		begun := time.Now()
		_, _ = fmt.Fprintf(b.say, "Measuring %s ...", s.name)
		if err := s.measure(b, ctx); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		_, _ = fmt.Fprintf(b.say, " %s\n", time.Since(begun).Round(time.Second))
	}
	return nil
}
