//! Asks Postgres what every query's parameters and columns are.
