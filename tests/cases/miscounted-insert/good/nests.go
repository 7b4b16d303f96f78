package nests

import (
	"github.com/jmoiron/sqlx"
	_ "github.com/lib/pq"
)

func Add(db *sqlx.DB, nests []any) error {
	query, args, err := sqlx.In("insert into nests (id, name) values (?), (?)", nests...)
	if err != nil {
		return err
	}
	_, err = db.Exec("insert into nests (id, name) values (?)", args...)
	return err
}
