package meta_test

import (
	"net/http"
	"testing"
)

func held(_ testing.TB, base http.RoundTripper) http.RoundTripper { return base }
