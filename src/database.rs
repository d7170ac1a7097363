//! The throwaway Postgres: where it comes from, and that it goes away.
