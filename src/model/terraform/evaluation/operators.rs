//! Operators between values, with Kleene's logic for what cannot be told.

use super::expression::undecided;
use super::{Evaluation, Scope};
use crate::input::tree::{Binary, Unary};
use crate::model::datum::{Datum, Kind, Reason, Unknown};
use crate::model::fact::Truth;
use crate::model::number::Number;
use crate::model::terraform::conversion;
use crate::model::value::NodeRef;

impl Evaluation<'_> {
    pub(super) fn unary(&self, node: NodeRef, operator: Unary, operand: &Datum) -> Datum {
        let value = match operator {
            Unary::Negate => match self.number(operand, node) {
                Ok(number) => Datum::new(Kind::Number(number.negated())),
                Err(unknown) => unknown,
            },
            Unary::Not => match self.truth(operand, node) {
                Ok(truth) => Datum::bool(!truth),
                Err(unknown) => unknown,
            },
        };
        Datum { origin: operand.origin, ..value }
    }

    pub(super) fn binary(
        &self,
        node: NodeRef,
        left: NodeRef,
        operator: Binary,
        right: NodeRef,
        scope: &Scope,
    ) -> Datum {
        let a = self.eval(left, scope);
        if let Binary::And | Binary::Or = operator {
            return self.logic(left, &a, operator, right, scope);
        }
        let b = self.eval(right, scope);
        let origin = a.origin.or(b.origin);
        let value = match operator {
            Binary::Equal | Binary::NotEqual => {
                let truth = conversion::equals(&a, &b);
                let truth = if operator == Binary::Equal { truth } else { !truth };
                match truth {
                    Truth::True => Datum::bool(true),
                    Truth::False => Datum::bool(false),
                    Truth::Unknown => {
                        let gap = a.gap().or_else(|| b.gap());
                        gap.map_or_else(|| Datum::unknown(Reason::Invalid), |gap| undecided(&gap))
                    }
                }
            }
            _ => match (self.number(&a, left), self.number(&b, right)) {
                (Ok(a), Ok(b)) => self.arithmetic(node, &a, operator, &b),
                (Err(unknown), _) | (_, Err(unknown)) => unknown,
            },
        };
        Datum { origin, ..value }
    }

    fn arithmetic(&self, node: NodeRef, a: &Number, operator: Binary, b: &Number) -> Datum {
        let number = match operator {
            Binary::Plus => Some(a.plus(b)),
            Binary::Minus => Some(a.plus(&b.negated())),
            Binary::Times => Some(a.times(b)),
            Binary::Divide => a.over(b),
            Binary::Modulo => a.rest(b),
            Binary::Less => return Datum::bool(a < b),
            Binary::LessEqual => return Datum::bool(a <= b),
            Binary::Greater => return Datum::bool(a > b),
            Binary::GreaterEqual => return Datum::bool(a >= b),
            Binary::Equal | Binary::NotEqual | Binary::And | Binary::Or => None,
        };
        match number {
            Some(number) => Datum::new(Kind::Number(number)),
            None => self.wrong(node, "This divides by zero."),
        }
    }

    /// Terraform evaluates both sides; one known side may decide nevertheless.
    fn logic(
        &self,
        left: NodeRef,
        a: &Datum,
        operator: Binary,
        right: NodeRef,
        scope: &Scope,
    ) -> Datum {
        let decisive = operator == Binary::Or;
        let first = self.truth(a, left);
        if first.as_ref().is_ok_and(|truth| *truth == decisive) {
            return Datum { origin: a.origin, ..Datum::bool(decisive) };
        }
        if let Err(unknown) = &first
            && unknown.as_unknown().is_some_and(|unknown| unknown.reason == Reason::Invalid)
        {
            return unknown.clone();
        }
        let b = self.eval(right, scope);
        let origin = a.origin.or(b.origin);
        let value = match (first, self.truth(&b, right)) {
            (_, Ok(second)) if second == decisive => Datum::bool(decisive),
            (Ok(_), Ok(_)) => Datum::bool(!decisive),
            (Err(unknown), _) | (_, Err(unknown)) => unknown,
        };
        Datum { origin, ..value }
    }

    fn number(&self, value: &Datum, node: NodeRef) -> Result<Number, Datum> {
        match &value.kind {
            Kind::Number(number) => Ok(number.clone()),
            Kind::Text(text) => {
                Number::parse(text).ok_or_else(|| self.wrong(node, "A number is needed here."))
            }
            Kind::Unknown(unknown) => Err(undecided(unknown)),
            Kind::Partial(_) => {
                let gap = value.gap();
                Err(undecided(&gap.unwrap_or_else(|| Unknown::from(Reason::Invalid))))
            }
            Kind::Null => Err(self.fails(node, &[value], "A number is needed here, not null.")),
            _ => Err(self.wrong(node, "A number is needed here.")),
        }
    }
}
