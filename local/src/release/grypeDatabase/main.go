// Builds a database of Grype from the results of one provider, and packs it: grypeDatabase <folder of the provider> <folder for the
// database>. Grype's own program can only read databases.
package main

import (
	"log"
	"os"

	"github.com/anchore/grype/grype/db"
	"github.com/anchore/grype/grype/db/provider"
)

func main() {
	state, err := provider.ReadState(os.Args[1] + "/metadata.json")
	if err != nil {
		log.Fatal(err)
	}
	config := db.BuildConfig{
		SchemaVersion:   db.DefaultSchemaVersion,
		Directory:       os.Args[2],
		States:          provider.States{*state},
		Timestamp:       state.Timestamp,
		IncludeCPEParts: []string{"a"},
	}
	if err := db.Build(config); err != nil {
		log.Fatal(err)
	}
	if err := db.Package(os.Args[2], "", "tar.gz", nil); err != nil {
		log.Fatal(err)
	}
}
