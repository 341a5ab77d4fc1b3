//! The parser's operations (references, operators, conditionals, `for`) as nodes.

use hcl_edit::Decorated;
use hcl_edit::Ident;
use hcl_edit::expr::{
    BinaryOperator, Expression, ForExpr, ObjectKey, TraversalOperator, UnaryOperator,
};

use super::super::source::Span;
use super::super::tree::{Binary, For, NodeId, NodeKind, Operation, Step, Text, Unary};
use super::convert::{Converter, range};

impl Converter<'_, '_> {
    /// An expression that is neither literal, template, collection nor call.
    pub(super) fn operation(&mut self, expression: &Expression, header: Span) -> NodeKind {
        let operation = match expression {
            Expression::Traversal(traversal) => {
                let base = self.expression(&traversal.expr, header);
                let operators = traversal.operators.iter();
                let steps = operators.map(|operator| match operator.value() {
                    TraversalOperator::GetAttr(name) => Step::Attribute(self.name(name)),
                    TraversalOperator::Index(index) => Step::Index(self.expression(index, header)),
                    TraversalOperator::LegacyIndex(index) => Step::Position(*index.value()),
                    TraversalOperator::AttrSplat(_) => Step::AttributeSplat,
                    TraversalOperator::FullSplat(_) => Step::Splat,
                });
                Operation::Traversal(base, steps.collect())
            }
            Expression::UnaryOp(unary) => {
                let operator = match unary.operator.value() {
                    UnaryOperator::Neg => Unary::Negate,
                    UnaryOperator::Not => Unary::Not,
                };
                Operation::Unary(operator, self.expression(&unary.expr, header))
            }
            Expression::BinaryOp(binary) => {
                let left = self.expression(&binary.lhs_expr, header);
                let right = self.expression(&binary.rhs_expr, header);
                Operation::Binary(left, operator(*binary.operator.value()), right)
            }
            Expression::Conditional(conditional) => Operation::Conditional(
                self.expression(&conditional.cond_expr, header),
                self.expression(&conditional.true_expr, header),
                self.expression(&conditional.false_expr, header),
            ),
            Expression::ForExpr(one) => Operation::For(Box::new(self.repetition(one, header))),
            other => return NodeKind::Name(self.text.slice(range(other))),
        };
        NodeKind::Operation(operation)
    }

    fn repetition(&mut self, one: &ForExpr, header: Span) -> For {
        For {
            key: one.intro.key_var.as_ref().map(|name| self.name(name)),
            value: self.name(&one.intro.value_var),
            collection: self.expression(&one.intro.collection_expr, header),
            new_key: one.key_expr.as_ref().map(|key| self.expression(key, header)),
            result: self.expression(&one.value_expr, header),
            condition: one.cond.as_ref().map(|cond| self.expression(&cond.expr, header)),
            grouping: one.grouping,
            text: false,
        }
    }

    /// The value of an object's entry whose key must be evaluated.
    pub(super) fn computed(&mut self, key: &ObjectKey, value: &Expression, header: Span) -> NodeId {
        let value = self.expression(value, header);
        let span = self.tree.node(value).span;
        let ObjectKey::Expression(key) = key else { return value };
        let key = self.expression(key, header);
        let span = span.join(header);
        let kind = NodeKind::Operation(Operation::Computed(key, value));
        self.push_parent(kind, span, header)
    }

    /// A name as text.
    pub(super) fn name(&self, name: &Decorated<Ident>) -> Text {
        self.text.slice(range(name))
    }
}

fn operator(operator: BinaryOperator) -> Binary {
    match operator {
        BinaryOperator::Eq => Binary::Equal,
        BinaryOperator::NotEq => Binary::NotEqual,
        BinaryOperator::LessEq => Binary::LessEqual,
        BinaryOperator::GreaterEq => Binary::GreaterEqual,
        BinaryOperator::Less => Binary::Less,
        BinaryOperator::Greater => Binary::Greater,
        BinaryOperator::Plus => Binary::Plus,
        BinaryOperator::Minus => Binary::Minus,
        BinaryOperator::Mul => Binary::Times,
        BinaryOperator::Div => Binary::Divide,
        BinaryOperator::Mod => Binary::Modulo,
        BinaryOperator::And => Binary::And,
        BinaryOperator::Or => Binary::Or,
    }
}
