package reports

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"seax/api/spec"
)

// csvColumns are the numbers of a line, in the order in which a spreadsheet shows them.
var csvColumns = []string{
	"entered", "answered", "answered_in_time", "service_level", "abandoned", "overflowed", "refused", "moved",
	"answer_s", "answer_p50_s", "answer_p95_s", "to_offer_s", "abandon_s",
	"offered", "accepted", "rejected", "missed", "withdrawn", "to_accept_s", "first_reply_s",
	"handled", "handle_s", "wrapup_s", "transfers", "parked", "returned", "rated", "rating",
	"occupancy", "concurrency", "connected_s", "staffed_s", "busy_s",
}

// byteOrderMark tells spreadsheets that what follows is UTF-8.
const byteOrderMark = "\ufeff"

// WriteCSV writes a report as a table: one line per row, the numbers' names as in the API, then rejections by reason and the time
// by presence. Texts that a spreadsheet would take for formulas are kept from being ones.
func WriteCSV(w io.Writer, r spec.Report) error {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	presences := presencesOf(r)
	header := append([]string{string(r.By), "name", "name_ko"}, csvColumns...)
	header = append(header, "rejected_by")
	for _, p := range presences {
		header = append(header, "presence_"+p+"_s")
	}
	if err := out.Write(safe(header)); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	for _, row := range r.Rows {
		line, err := csvLine(row, presences)
		if err != nil {
			return err
		}
		if err := out.Write(safe(line)); err != nil {
			return fmt.Errorf("write CSV: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

func presencesOf(r spec.Report) []string {
	all := map[string]bool{}
	for _, row := range r.Rows {
		if row.Numbers.PresenceS != nil {
			for p := range *row.Numbers.PresenceS {
				all[p] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func csvLine(row spec.ReportRow, presences []string) ([]string, error) {
	line := []string{row.Key, "", ""}
	if row.Name != nil {
		line[1] = row.Name.En
		if row.Name.Ko != nil {
			line[2] = *row.Name.Ko
		}
	}
	encoded, err := json.Marshal(row.Numbers)
	if err != nil {
		return nil, fmt.Errorf("write CSV: %w", err)
	}
	var numbers map[string]json.RawMessage
	if err := json.Unmarshal(encoded, &numbers); err != nil {
		return nil, fmt.Errorf("write CSV: %w", err)
	}
	for _, column := range csvColumns {
		line = append(line, string(numbers[column]))
	}
	line = append(line, reasons(row.Numbers.RejectedBy))
	for _, p := range presences {
		cell := ""
		if row.Numbers.PresenceS != nil {
			cell = strconv.Itoa((*row.Numbers.PresenceS)[p])
		}
		line = append(line, cell)
	}
	return line, nil
}

func reasons(by *map[string]int) string {
	if by == nil {
		return ""
	}
	var all []string
	for _, reason := range slices.Sorted(maps.Keys(*by)) {
		all = append(all, fmt.Sprintf("%s: %d", reason, (*by)[reason]))
	}
	return strings.Join(all, "; ")
}

// formulas are the beginnings by which spreadsheets know one.
const formulas = "=+-@\t\r\n＝＋－＠"

// safe puts an apostrophe before cells that would be read as formulas.
func safe(cells []string) []string {
	for i, cell := range cells {
		if cell != "" && strings.ContainsRune(formulas, []rune(cell)[0]) {
			cells[i] = "'" + cell
		}
	}
	return cells
}
