package main

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"seax/deploy/local/crowd"
)

// row is one line of the table.
type row struct {
	What     string `json:"what"`
	Measured string `json:"measured"`
	// Compared is the baseline of the same run.
	Compared string `json:"compared,omitempty"`
	Goal     string `json:"goal,omitempty"`
	// Met is nil where there is no goal.
	Met *bool `json:"met,omitempty"`
	// Values are the numbers: milliseconds, per second, bytes, as their names say.
	Values map[string]float64 `json:"values"`
}

// add adds a row.
func (b *bench) add(r row) { b.rows = append(b.rows, r) }

// value finds a number of a row that was measured before; 0: it was not.
func (b *bench) value(what, name string) float64 {
	for _, r := range b.rows {
		if r.What == what {
			return r.Values[name]
		}
	}
	return 0
}

func met(yes bool) *bool { return &yes }

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// latency is a row of times with goals for p50 and p99 in milliseconds.
func latency(what string, m crowd.Measured, p50, p99 float64) row {
	return row{
		What: what, Measured: times(m), Goal: fmt.Sprintf("p50 ≤ %.4g, p99 ≤ %.4g ms", p50, p99),
		Met: met(m.N > 0 && ms(m.P50) <= p50 && ms(m.P99) <= p99), Values: values(m),
	}
}

func times(m crowd.Measured) string {
	return fmt.Sprintf("p50 %.1f, p90 %.1f, p99 %.1f ms (n=%d)", ms(m.P50), ms(m.P90), ms(m.P99), m.N)
}

func values(m crowd.Measured) map[string]float64 {
	return map[string]float64{"n": float64(m.N), "p50_ms": ms(m.P50), "p90_ms": ms(m.P90), "p99_ms": ms(m.P99), "max_ms": ms(m.Max)}
}

// report is the result of a run.
type report struct {
	Date    string `json:"date"`
	Machine string `json:"machine"`
	Rows    []row  `json:"rows"`
}

// String is the report as a Markdown table.
func (r report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s\n\n| what | measured | compared with | goal | met |\n|---|---|---|---|---|\n", r.Date, r.Machine)
	for _, row := range r.Rows {
		yes := ""
		if row.Met != nil {
			yes = map[bool]string{true: "yes", false: "no"}[*row.Met]
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", row.What, row.Measured, row.Compared, row.Goal, yes)
	}
	return b.String()
}

var modelName = regexp.MustCompile(`model name\s*: (.+)`)

// machine describes what this ran on: the processors that this process may use, which its children inherit.
func machine() string {
	model := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if found := modelName.FindSubmatch(info); found != nil {
			model = strings.TrimSpace(string(found[1]))
		}
	}
	var usable unix.CPUSet
	cores := runtime.NumCPU()
	if unix.SchedGetaffinity(0, &usable) == nil {
		cores = usable.Count()
	}
	return fmt.Sprintf("%d cores of %s, %s, %s/%s", cores, model, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
