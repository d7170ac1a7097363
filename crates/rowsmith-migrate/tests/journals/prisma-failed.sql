CREATE TABLE public._prisma_migrations (
    id character varying(36) NOT NULL,
    checksum character varying(64) NOT NULL,
    finished_at timestamp with time zone,
    migration_name character varying(255) NOT NULL,
    logs text,
    rolled_back_at timestamp with time zone,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    applied_steps_count integer DEFAULT 0 NOT NULL
);
INSERT INTO public._prisma_migrations VALUES ('2adb664f-c23a-4d02-beda-01bf139d8191', 'fbe0b774eae2c06f91df47fce3ffc4c0e0512ea2c75f02fbfe9c4688958cbd84', '2026-12-01 10:24:49.844+00', '20240101000001_notes', NULL, NULL, '2026-12-01 10:24:49.834+00', 1);
INSERT INTO public._prisma_migrations VALUES ('7367b660-1c4d-4ac3-839d-6b86a5d05202', 'a730bc2b419f19055f244e3c9d6ca068380f2750b47e78413595a12243902b1b', '2026-12-01 10:24:49.873+00', '20240101000002_written_at', NULL, NULL, '2026-12-01 10:24:49.853+00', 1);
INSERT INTO public._prisma_migrations VALUES ('04ea3b29-f828-428c-9f54-79025168cdd2', 'a5ee8872a495d8cc4415732d1846b37c29ec013ea8a1cd156674ab9a447c5639', NULL, '20240103000000_broken', 'external connector error
No such table: nowhere
   0: sql_schema_connector::apply_migration::apply_script
           with migration_name="20240103000000_broken"
             at schema-engine/connectors/sql-schema-connector/src/apply_migration.rs:113
   1: schema_commands::commands::apply_migrations::Applying migration
           with migration_name="20240103000000_broken"
             at schema-engine/commands/src/commands/apply_migrations.rs:95
   2: schema_engine_wasm::wasm::engine::ApplyMigrations
             at schema-engine/schema-engine-wasm/src/wasm/engine.rs:167', NULL, '2026-12-01 10:25:01.943+00', 0);
ALTER TABLE ONLY public._prisma_migrations
    ADD CONSTRAINT _prisma_migrations_pkey PRIMARY KEY (id);
