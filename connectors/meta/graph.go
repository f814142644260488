package meta

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"strings"

	"seax/connectors"
	"seax/connectors/wire"
)

// The hosts of the Graph API.
const (
	graphHost     = "graph.facebook.com"
	instagramHost = "graph.instagram.com"
)

// graph makes calls for one account.
type graph struct {
	*base
	account connectors.Account
	host    string
	token   string
}

func (b *base) graph(account connectors.Account) graph {
	return graph{base: b, account: account, host: graphHost, token: b.setting(account, settingToken)}
}

// userAgent is how we call ourselves; file hosts refuse who has no name.
const userAgent = "SeaX/1.0.0"

// errNoID is why an answer that names no message leaves open what was done.
var errNoID = errors.New("the answer names nothing that was made")

// object names something of Meta's by its id.
var object = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,128}$`)

// address makes the address of an edge of an object.
func (g graph) address(path []string, query url.Values) (string, error) {
	if g.token == "" || g.Key(g.account) == "" {
		return "", &connectors.SendError{Code: connectors.CodeConfig, Words: "The channel's credentials are not set."}
	}
	for _, part := range path {
		if !object.MatchString(part) || strings.Trim(part, ".") == "" {
			return "", &connectors.SendError{Code: connectors.CodeRejected, Words: "Meta has no such object.", Cause: fmt.Errorf("object %.60q", part)}
		}
	}
	if query == nil {
		query = url.Values{}
	}
	if secret := g.setting(g.account, settingSecret); secret != "" && g.setting(g.account, settingProof) != "false" {
		query.Set(settingProof, sign(secret, []byte(g.token)))
	}
	u := url.URL{Scheme: "https", Host: g.host, Path: "/" + g.setting(g.account, settingVersion) + "/" + strings.Join(path, "/"), RawQuery: query.Encode()}
	return u.String(), nil
}

// body is what is sent with a call.
type body struct {
	contentType string
	content     io.Reader
	length      int64
}

// do makes one call. Its errors are *connectors.SendError, also for answers that refuse.
func (g graph) do(ctx context.Context, method string, path []string, query url.Values, with body, into any) error {
	address, err := g.address(path, query)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, address, with.content)
	if err != nil {
		return &connectors.SendError{Code: connectors.CodeConfig, Words: "The channel's settings make no address.", Cause: err}
	}
	if with.contentType != "" {
		r.Header.Set("Content-Type", with.contentType)
		r.ContentLength = with.length
	}
	r.Header.Set("Authorization", "Bearer "+g.token)
	r.Header.Set("User-Agent", userAgent)
	answer, err := wire.Do(g.deps.HTTP, r)
	if err != nil {
		return err
	}
	if !answer.OK() {
		return refusal(answer, g.deps.Clock())
	}
	return answer.JSON(into)
}

func (g graph) get(ctx context.Context, into any, query url.Values, path ...string) error {
	return beside(g.do(ctx, http.MethodGet, path, query, body{}, into))
}

func (g graph) post(ctx context.Context, what, into any, path ...string) error {
	encoded, err := json.Marshal(what)
	if err != nil {
		return &connectors.SendError{Code: connectors.CodeRejected, Words: "The message cannot be written.", Cause: err}
	}
	return g.do(ctx, http.MethodPost, path, nil, body{"application/json", bytes.NewReader(encoded), int64(len(encoded))}, into)
}

// beside makes an error of a call beside the message one that may be tried again: no message has been sent.
func beside(err error) error {
	var classified *connectors.SendError
	if errors.As(err, &classified) && classified.Code == connectors.CodeAmbiguous {
		return &connectors.SendError{Code: connectors.CodeProvider, Words: "Meta did not answer.", Cause: classified}
	}
	return err
}

// part is a value that goes with an uploaded file.
type part struct{ name, value string }

// upload hands a file over, as it is read.
func (g graph) upload(ctx context.Context, field string, file connectors.File, values []part, into any, path ...string) error {
	content, err := file.Open(ctx)
	if err != nil {
		return &connectors.SendError{Code: connectors.CodeConnection, Words: "The attachment could not be read.", Cause: err}
	}
	defer func() { _ = content.Close() }()
	var around bytes.Buffer
	writer := multipart.NewWriter(&around)
	for _, v := range values {
		if err := writer.WriteField(v.name, v.value); err != nil {
			return err
		}
	}
	_, err = writer.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {fmt.Sprintf(`form-data; name="%s"; filename="%s"`, field, quoted.Replace(file.Name))}, "Content-Type": {file.MediaType},
	})
	if err != nil {
		return err
	}
	before := around.Len()
	if err := writer.Close(); err != nil {
		return err
	}
	whole := io.MultiReader(bytes.NewReader(around.Bytes()[:before]), content, bytes.NewReader(around.Bytes()[before:]))
	length := int64(around.Len()) + file.Size
	return beside(g.do(ctx, http.MethodPost, path, nil, body{writer.FormDataContentType(), whole, length}, into))
}

var quoted = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", " ", "\n", " ")
