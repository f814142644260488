package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"seax/api/spec"
	"seax/internal/reports"
	"seax/internal/wallboard"
)

// reporting answers how queues and agents did, and what screens on the wall show.
type reporting struct {
	deps   Deps
	server *server
}

func (h reporting) GetToday(ctx context.Context, _ spec.GetTodayRequestObject) (spec.GetTodayResponseObject, error) {
	today, err := h.deps.Reports.Today(ctx)
	return spec.GetToday200JSONResponse(today), err
}

func (h reporting) GetReport(ctx context.Context, r spec.GetReportRequestObject) (spec.GetReportResponseObject, error) {
	p := r.Params
	report, err := h.deps.Reports.Report(ctx, reports.Query{
		From: p.From.Time, To: p.To.Time, By: p.By, Zone: value(p.TimeZone), Queue: value(p.Queue), Agent: value(p.Agent), Channel: value(p.Channel),
	})
	if err != nil || value(p.Format) != spec.GetReportParamsFormatCsv {
		return spec.GetReport200JSONResponse(report), err
	}
	return reportFile{report}, nil
}

// reportFile is a report as a file for a spreadsheet.
type reportFile struct{ report spec.Report }

func (f reportFile) VisitGetReportResponse(w http.ResponseWriter) error {
	var table bytes.Buffer
	if err := reports.WriteCSV(&table, f.report); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="seax-%s-%s-%s.csv"`, f.report.By, f.report.From, f.report.To))
	w.WriteHeader(http.StatusOK)
	_, err := table.WriteTo(w)
	return err
}

func (h reporting) ListWallboards(ctx context.Context, _ spec.ListWallboardsRequestObject) (spec.ListWallboardsResponseObject, error) {
	all, err := h.deps.Boards.All(ctx)
	return spec.ListWallboards200JSONResponse{Items: notNil(all)}, err
}

func (h reporting) CreateWallboard(ctx context.Context, r spec.CreateWallboardRequestObject) (spec.CreateWallboardResponseObject, error) {
	made, token, err := h.deps.Boards.Create(ctx, caller(ctx).Person(), *r.Body)
	return spec.CreateWallboard201JSONResponse{Wallboard: made, Token: token}, err
}

func (h reporting) RevokeWallboard(ctx context.Context, r spec.RevokeWallboardRequestObject) (spec.RevokeWallboardResponseObject, error) {
	return spec.RevokeWallboard204Response{}, h.deps.Boards.Revoke(ctx, caller(ctx).Person(), r.Id)
}

// WallboardSecret is what callers are held back for who show wallboard tokens that are none.
const WallboardSecret = "wallboard"

func (h reporting) ShowWallboard(ctx context.Context, r spec.ShowWallboardRequestObject) (spec.ShowWallboardResponseObject, error) {
	remote := ""
	if g, ok := ctx.(*gin.Context); ok {
		remote = h.server.remote(g.Request)
	}
	var board spec.Wallboard
	err := h.deps.Auth.Try(ctx, WallboardSecret, remote, wallboard.ErrUnknown, func() (err error) {
		board, err = h.deps.Boards.Open(ctx, r.Params.XWallboardToken)
		return err
	})
	if err != nil {
		return nil, err
	}
	view, err := h.deps.Boards.View(ctx, board)
	return spec.ShowWallboard200JSONResponse(view), err
}
