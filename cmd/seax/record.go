package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"seax/internal/config"
	"seax/internal/recording"
	"seax/internal/simulation"
	"seax/internal/store"
)

const recordUsage = `seax record --from TIME --to TIME [--zone ZONE] [--shifts "mon-fri 09:00-18:00; sat 10:00-14:00"] > arrivals.jsonl`

// recordMost is how many arrivals a recording may have.
const recordMost = 2_000_000

// record writes what came and who worked over a time, for scenarios to refer to. Times are dates, or RFC 3339.
func record(ctx context.Context, c config.Config, args []string, out io.Writer) error {
	options, err := recordOptions(args)
	if err != nil {
		return err
	}
	if err := c.NeedDatabase(); err != nil {
		return err
	}
	pool, err := store.Open(ctx, c.DatabaseURL, 2)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := store.CheckMigrated(ctx, pool); err != nil {
		return err
	}
	r, err := recording.Read(ctx, pool, options)
	if err != nil {
		return err
	}
	return r.Write(out)
}

func recordOptions(args []string) (recording.Options, error) {
	o := recording.Options{Most: recordMost}
	flags := flag.NewFlagSet("record", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	from, to := flags.String("from", "", ""), flags.String("to", "", "")
	zone, shifts := flags.String("zone", "UTC", ""), flags.String("shifts", "", "")
	err := flags.Parse(args)
	if err == nil && (flags.NArg() > 0 || *from == "" || *to == "") {
		err = errors.New("it takes --from and --to")
	}
	if err != nil {
		return o, fmt.Errorf("%w; use it as: %s", err, recordUsage)
	}
	if o.Zone, err = time.LoadLocation(*zone); err != nil || *zone == "Local" {
		return o, fmt.Errorf("there is no time zone %q; use an IANA name like Asia/Seoul", *zone)
	}
	if o.From, err = readTime(*from, o.Zone); err != nil {
		return o, err
	}
	if o.To, err = readTime(*to, o.Zone); err != nil {
		return o, err
	}
	if !o.To.After(o.From) {
		return o, errors.New("the time to record ends before it begins")
	}
	for text := range strings.SplitSeq(*shifts, ";") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		var s simulation.Shift
		if err := s.UnmarshalText([]byte(text)); err != nil {
			return o, err
		}
		o.Shifts = append(o.Shifts, s)
	}
	return o, nil
}

func readTime(text string, zone *time.Location) (time.Time, error) {
	if day, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return day, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fmt.Errorf("%q is no time; write it like 2026-03-02 or 2026-03-02T09:00:00Z", text)
	}
	return at, nil
}
