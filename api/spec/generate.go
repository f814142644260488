// Package spec holds the API's document and what is generated from it: types and the server interface. The API's handlers
// implement it, and what is pushed over sockets has the same types.
package spec

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.5.1 -config oapi-codegen.yaml ../openapi.yaml
