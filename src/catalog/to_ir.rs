//! The part of the catalog that code generation sees: the project's own objects, by name and in order.

use super::{Attribute, Catalog, Oid, PgType, PgTypeKind, Relation};
use crate::ir::{self, Nullability};

impl Catalog {
    /// The schema below the waist. The server's objects and those that extensions made are left out.
    pub(crate) fn to_ir(&self) -> ir::Catalog {
        let mut catalog = ir::Catalog::default();
        for (&oid, relation) in &self.relations {
            if relation.is_own() {
                catalog.tables.extend(self.table(oid, relation));
            }
        }
        for ty in self.types.values().filter(|ty| ty.is_own()) {
            self.add_type(ty, &mut catalog);
        }
        self.add_constraints(&mut catalog);
        catalog.tables.sort_by(|a, b| a.name.cmp(&b.name));
        catalog.enums.sort_by(|a, b| a.name.cmp(&b.name));
        catalog.composites.sort_by(|a, b| a.name.cmp(&b.name));
        catalog.domains.sort_by(|a, b| a.name.cmp(&b.name));
        catalog
    }

    fn add_constraints(&self, catalog: &mut ir::Catalog) {
        for constraint in &self.constraints {
            let table = self.relations.get(&constraint.relation);
            let domain = self.types.get(&constraint.domain);
            let owner = match (table, domain) {
                (Some(table), _) if table.is_own() => table.qualified_name(),
                (None, Some(domain)) if domain.is_own() => {
                    ir::QualifiedName::new(&domain.schema, &domain.name)
                }
                _ => continue,
            };
            let kind = match constraint.kind {
                'p' => ir::ConstraintKind::PrimaryKey,
                'u' => ir::ConstraintKind::Unique,
                'f' => ir::ConstraintKind::ForeignKey,
                'x' => ir::ConstraintKind::Exclusion,
                _ if table.is_some() => ir::ConstraintKind::Check,
                _ => ir::ConstraintKind::DomainCheck,
            };
            let other_name = || {
                let differs = constraint.reported_name != constraint.name;
                differs.then(|| constraint.reported_name.clone())
            };
            // Sorted, so what descends from one constraint is together.
            match catalog.constraints.last_mut() {
                Some(last) if last.owner == owner && last.name == constraint.name => {
                    last.partition_names.extend(other_name());
                }
                _ => catalog.constraints.push(ir::Constraint {
                    name: constraint.name.clone(),
                    owner,
                    kind,
                    partition_names: other_name().into_iter().collect(),
                }),
            }
        }
        let sorted_by =
            |constraint: &ir::Constraint| (constraint.owner.clone(), constraint.name.clone());
        catalog.constraints.sort_by_key(sorted_by);
    }

    fn table(&self, oid: Oid, relation: &Relation) -> Option<ir::Table> {
        let kind = match relation.kind {
            'r' | 'p' if relation.is_partition => ir::TableKind::Partition,
            'r' | 'p' => ir::TableKind::Table,
            'v' => ir::TableKind::View,
            'm' => ir::TableKind::MaterializedView,
            'f' => ir::TableKind::ForeignTable,
            _ => return None,
        };
        let columns = relation.columns.iter().map(|column| ir::TableColumn {
            name: column.name.clone(),
            ty: self.type_or_opaque(column.type_id, column.dimensions),
            nullability: self.column_nullability(oid, relation, column),
            elements: self
                .is_array(column.type_id)
                .then(|| Nullability::nullable("an array may have NULL elements")),
            has_default: column.has_default,
            generated: column.generated,
            comment: column.comment.clone(),
        });
        let mut unique_keys: Vec<_> = relation.unique_keys.iter().collect();
        unique_keys.sort_by(|a, b| (!a.primary, &a.name).cmp(&(!b.primary, &b.name)));
        let unique_keys = unique_keys.into_iter().map(|key| ir::UniqueKey {
            name: key.name.clone(),
            columns: relation.column_names(&key.columns),
            primary: key.primary,
            holds: key.immediate && !relation.has_heirs(),
        });
        let mut foreign_keys: Vec<_> = relation
            .foreign_keys
            .iter()
            .filter_map(|key| {
                let foreign = self.relations.get(&key.foreign_table)?;
                foreign.is_own().then(|| ir::ForeignKey {
                    name: key.name.clone(),
                    columns: relation.column_names(&key.columns),
                    foreign_table: foreign.qualified_name(),
                    foreign_columns: foreign.column_names(&key.foreign_columns),
                    holds: key.validated && key.immediate && !relation.has_heirs(),
                })
            })
            .collect();
        foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
        Some(ir::Table {
            name: relation.qualified_name(),
            kind,
            comment: relation.comment.clone(),
            row_security: relation.row_security,
            inherited: relation.has_heirs(),
            columns: columns.collect(),
            unique_keys: unique_keys.collect(),
            foreign_keys,
        })
    }

    /// What the declaration says of NULL in stored rows.
    fn column_nullability(&self, oid: Oid, relation: &Relation, column: &Attribute) -> Nullability {
        let name = format!("`{}.{}`", relation.qualified_name(), column.name);
        if self.is_not_null(oid, column) {
            return Nullability::not_null(format!("{name} is declared NOT NULL"));
        }
        Nullability::nullable(match relation.kind {
            'v' | 'm' => format!("{name} is a view's column"),
            'f' => format!("{name} is a foreign table's column, which Postgres does not check"),
            _ if column.not_null => format!("a table that inherits {name} may hold NULL"),
            _ => format!("{name} may hold NULL"),
        })
    }

    fn add_type(&self, ty: &PgType, catalog: &mut ir::Catalog) {
        let name = ir::QualifiedName::new(&ty.schema, &ty.name);
        let comment = ty.comment.clone();
        match &ty.kind {
            PgTypeKind::Enum { labels } => catalog.enums.push(ir::Enum {
                name,
                labels: labels.clone(),
                comment,
            }),
            PgTypeKind::Domain {
                base,
                not_null,
                checks,
                dimensions,
            } => catalog.domains.push(ir::Domain {
                name,
                base: self.type_or_opaque(*base, *dimensions),
                not_null: *not_null,
                checks: checks.clone(),
                comment,
            }),
            PgTypeKind::Composite { relation } => {
                let relation = self.relations.get(relation);
                let Some(relation) = relation.filter(|relation| relation.kind == 'c') else {
                    return; // A table's row type, which is in the list of tables.
                };
                let fields = relation.columns.iter().map(|field| ir::CompositeField {
                    name: field.name.clone(),
                    ty: self.type_or_opaque(field.type_id, field.dimensions),
                });
                catalog.composites.push(ir::Composite {
                    name,
                    fields: fields.collect(),
                    comment,
                });
            }
            PgTypeKind::Base
            | PgTypeKind::Pseudo
            | PgTypeKind::Array { .. }
            | PgTypeKind::Range { .. }
            | PgTypeKind::Multirange { .. } => {}
        }
    }

    /// [`Self::declared_type`] for ids that the catalog itself mentions, which are always in it.
    fn type_or_opaque(&self, oid: Oid, dimensions: i32) -> ir::Type {
        let unknown = || ir::Type::Base(ir::QualifiedName::new("pg_catalog", "unknown"));
        self.declared_type(oid, dimensions).unwrap_or_else(unknown)
    }
}

impl Relation {
    /// Whether it has children by legacy inheritance. Their rows show up in it, but are not bound by its keys.
    fn has_heirs(&self) -> bool {
        self.kind == 'r' && !self.children.is_empty()
    }

    fn column_names(&self, numbers: &[i16]) -> Vec<String> {
        let names = numbers.iter().filter_map(|&number| self.attribute(number));
        names.map(|column| column.name.clone()).collect()
    }
}
