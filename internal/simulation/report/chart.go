package report

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// chart is a plot, with the same as a table for those who do not see it.
type chart struct {
	Title, Note string
	SVG         template.HTML
	Head        []string
	Rows        [][]string
}

// The size of plots, in units of their own: they take the width there is.
const (
	width, height            = 640.0, 220.0
	left, right, top, bottom = 56.0, 12.0, 10.0, 26.0
)

type point struct{ x, y float64 }

// series is one run's line. class is its color and dashes in the page's style.
type series struct {
	class  string
	points []point
}

// axis goes from 0 to most, with ticks. On a bent one, what is small has more room, as times need it.
type axis struct {
	most  float64
	bent  bool
	ticks []tick
}

type tick struct {
	at    float64
	label string
}

// maxTicks is how many ticks an axis has at most.
const maxTicks = 6

// scale makes an axis from 0 that reaches over a value, with ticks 1, 2 or 5 apart, times a power of ten.
func scale(most float64, write func(float64) string) axis {
	if most <= 0 {
		most = 1
	}
	power := math.Pow(10, math.Floor(math.Log10(most/maxTicks)))
	step := 10 * power
	for _, s := range []float64{1, 2, 5} {
		if most/(s*power) <= maxTicks {
			step = s * power
			break
		}
	}
	a := axis{most: math.Ceil(most/step-1e-9) * step}
	for at := 0.0; at <= a.most+step/2; at += step {
		a.ticks = append(a.ticks, tick{at, write(at)})
	}
	return a
}

// shareScale is an axis of shares that are small.
func shareScale(most float64) axis {
	a := scale(max(most, 0.01), func(v float64) string { return fmt.Sprintf("%.3g %%", 100*v) })
	if a.most > 0.6 {
		return shares
	}
	return a
}

// times are where a bent axis of times has ticks, in seconds.
var times = []float64{0, 1, 3, 10, 30, 60, 180, 600, 1800, 3600, 3 * 3600, 10 * 3600, 24 * 3600, 7 * 24 * 3600}

// timeScale is a bent axis of times.
func timeScale(most float64) axis {
	a := axis{most: max(most, 1), bent: true}
	for _, at := range times {
		if at <= a.most {
			a.ticks = append(a.ticks, tick{at, short(at)})
		}
	}
	return a
}

// shares is the axis of shares.
var shares = axis{most: 1, ticks: []tick{{0, "0 %"}, {0.25, "25 %"}, {0.5, "50 %"}, {0.75, "75 %"}, {1, "100 %"}}}

// day is the axis of hours, from midnight to midnight.
var day = func() axis {
	a := axis{most: 24}
	for hour := 0; hour <= 24; hour += 3 {
		a.ticks = append(a.ticks, tick{float64(hour), fmt.Sprintf("%02d", hour)})
	}
	return a
}()

// at is where on the axis a value is, from 0 to 1.
func (a axis) at(v float64) float64 {
	if a.bent {
		return math.Log1p(v) / math.Log1p(a.most)
	}
	return v / a.most
}

func (a axis) x(v float64) float64 { return left + a.at(v)*(width-left-right) }

func (a axis) y(v float64) float64 { return height - bottom - a.at(v)*(height-top-bottom) }

// frame draws grid and labels.
func frame(b *strings.Builder, title string, x, y axis) {
	fmt.Fprintf(b, `<svg viewBox="0 0 %g %g" role="img" aria-label="%s">`, width, height, template.HTMLEscapeString(title))
	for _, t := range y.ticks {
		at := y.y(t.at)
		fmt.Fprintf(b, `<line class="grid" x1="%g" x2="%g" y1="%.1f" y2="%.1f"/><text class="y" x="%g" y="%.1f">%s</text>`, left, width-right, at, at, left-6, at+4, template.HTMLEscapeString(t.label))
	}
	for _, t := range x.ticks {
		class := "x"
		if t.at == x.most {
			class = "x last"
		}
		fmt.Fprintf(b, `<text class="%s" x="%.1f" y="%g">%s</text>`, class, x.x(t.at), height-8, template.HTMLEscapeString(t.label))
	}
}

// plot draws series as lines.
func plot(title string, x, y axis, all []series) template.HTML {
	var b strings.Builder
	frame(&b, title, x, y)
	for _, s := range all {
		var path strings.Builder
		pen := "M"
		for _, p := range s.points {
			if math.IsNaN(p.y) {
				pen = "M"
				continue
			}
			fmt.Fprintf(&path, "%s%.1f %.1f", pen, x.x(p.x), y.y(p.y))
			pen = "L"
		}
		fmt.Fprintf(&b, `<path class="line %s" d="%s"/>`, s.class, path.String())
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) //nolint:gosec // labels are escaped above, the rest are numbers
}

// bars draws series as bars beside each other, one group for each x; NaN: no bar.
func bars(title string, x, y axis, all []series) template.HTML {
	var b strings.Builder
	frame(&b, title, x, y)
	room := (x.x(1) - x.x(0)) * 0.76
	for i, s := range all {
		wide := room / float64(len(all))
		for _, p := range s.points {
			if math.IsNaN(p.y) {
				continue
			}
			tip := y.y(p.y)
			fmt.Fprintf(&b, `<rect class="bar %s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, s.class, x.x(p.x)+room*0.16+wide*float64(i), tip, wide*0.92, max(y.y(0)-tip, 0))
		}
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) //nolint:gosec // labels are escaped above, the rest are numbers
}
