//! Whether XML and JSON expressions can be NULL.

use super::frame::Frame;
use super::node::{JsonBehavior, JsonConstructor, JsonQuery, Node, XmlOperator};
use super::{Analyzer, Fact};
use crate::analyze::functions::{self, Needs};

impl<'a> Analyzer<'_> {
    pub(super) fn of_xml(&self, node: &Node<'a>, frame: &Frame<'_, 'a>) -> Fact {
        let arguments = node.list("args");
        match XmlOperator::of(node) {
            Some(XmlOperator::Concat) => self.any_of(arguments, "`xmlconcat`", frame),
            Some(XmlOperator::Element) => Fact::not_null("`xmlelement` never returns NULL"),
            Some(XmlOperator::Forest) => self.any_of(node.list("named_args"), "`xmlforest`", frame),
            Some(XmlOperator::Pi) if node.get("args").is_nothing() => {
                Fact::not_null("`xmlpi` of a name is never NULL")
            }
            // NULL for NULL.
            Some(
                XmlOperator::Parse
                | XmlOperator::Pi
                | XmlOperator::Root
                | XmlOperator::Serialize
                | XmlOperator::IsDocument,
            ) => match arguments.first() {
                Some(first) => self.evaluate(first, frame),
                None => Fact::too_deep(),
            },
            None => Fact::nullable("the XML expression is not known"),
        }
    }

    /// `JSON_OBJECT`, `JSON_ARRAY`, their aggregates, `JSON`, `JSON_SCALAR`, `JSON_SERIALIZE`.
    pub(super) fn of_json_constructor(&self, node: &Node<'a>, frame: &Frame<'_, 'a>) -> Fact {
        // A cast of the result, as for RETURNING text.
        let keeps = node.node("coercion").is_none_or(|coercion| {
            matches!(coercion.name, "RELABELTYPE" | "COERCEVIAIO")
                || coercion.name == "FUNCEXPR"
                    && coercion.number("funcid").and_then(functions::needs) == Some(Needs::All)
        });
        if !keeps {
            return Fact::nullable("the JSON's cast may give NULL");
        }
        match JsonConstructor::of(node) {
            Some(JsonConstructor::Object) => Fact::not_null("`JSON_OBJECT` never returns NULL"),
            Some(JsonConstructor::Array) => Fact::not_null("`JSON_ARRAY` never returns NULL"),
            Some(JsonConstructor::ObjectAggregate | JsonConstructor::ArrayAggregate) => {
                self.evaluate(node.get("func"), frame)
            }
            Some(JsonConstructor::Parse | JsonConstructor::Scalar | JsonConstructor::Serialize)
                if node.get("func").is_nothing() =>
            {
                self.all_of(node.list("args"), frame)
            }
            _ => Fact::nullable("the JSON constructor is not known"),
        }
    }

    /// `JSON_EXISTS`, `JSON_VALUE`, `JSON_QUERY`: only the first is surely there.
    pub(super) fn of_json_query(&self, node: &Node<'a>, frame: &Frame<'_, 'a>) -> Fact {
        let on_error = node.node("on_error");
        let on_error = on_error.and_then(JsonBehavior::of);
        let gives_one = matches!(
            on_error,
            Some(JsonBehavior::Error | JsonBehavior::True | JsonBehavior::False)
        );
        if JsonQuery::of(node) == Some(JsonQuery::Exists) && gives_one {
            let document = self.evaluate(node.get("formatted_expr"), frame);
            if document.nullable {
                return document;
            }
            let path = self.evaluate(node.get("path_spec"), frame);
            if path.nullable {
                return path;
            }
            return Fact::not_null("`JSON_EXISTS` is true or false");
        }
        Fact::nullable("the path may select nothing")
    }
}
