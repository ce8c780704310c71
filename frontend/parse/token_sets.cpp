#include "frontend/parse/token_sets.h"

namespace flow::frontend::parse {

bool IsComparison(int kind) {
  switch (kind) {
    case Tok::T_EQ:
    case Tok::T_NE:
    case Tok::T_LT:
    case Tok::T_LE:
    case Tok::T_GT:
    case Tok::T_GE:
    case Tok::T_MATCHES:
    case Tok::T_NOT_MATCHES:
    case Tok::T_IN:
      return true;
    default:
      return false;
  }
}

bool IsOperator(int kind) {
  switch (kind) {
    case Tok::T_PLUS:
    case Tok::T_MINUS:
    case Tok::T_STAR:
    case Tok::T_SLASH:
    case Tok::T_INT_DIV:
    case Tok::T_PERCENT:
    case Tok::T_COALESCE:
    case Tok::T_AND:
    case Tok::T_OR:
    case Tok::T_NOT:
    case Tok::T_DOT:
    case Tok::T_OPT_DOT:
    case Tok::T_BANG:
    case Tok::T_LBRACKET:
    case Tok::T_LPAREN:
    case Tok::T_OVER:
      return true;
    default:
      return IsComparison(kind);
  }
}

bool IsStageVerb(int kind) {
  switch (kind) {
    case Tok::T_WHERE:
    case Tok::T_SELECT:
    case Tok::T_EXTEND:
    case Tok::T_SET:
    case Tok::T_DROP:
    case Tok::T_RENAME:
    case Tok::T_AGGREGATE:
    case Tok::T_WINDOW:
    case Tok::T_EMIT:
    case Tok::T_JOIN:
    case Tok::T_ASOF:
    case Tok::T_LOOKUP:
    case Tok::T_LEFT:
    case Tok::T_FULL:
    case Tok::T_SEMI:
    case Tok::T_ANTI:
    case Tok::T_DEDUP:
    case Tok::T_TOP:
    case Tok::T_UNNEST:
    case Tok::T_UNION:
    case Tok::T_BRANCH:
    case Tok::T_MATCH:
    case Tok::T_ORDER:
    case Tok::T_LIMIT:
    case Tok::T_ASSERT:
    case Tok::T_ON:
    case Tok::T_INTO:
    case Tok::T_AS:
      return true;
    default:
      return false;
  }
}

bool BeginsExpression(int kind) {
  switch (kind) {
    case Tok::T_DOLLAR_ID:
    case Tok::T_INT:
    case Tok::T_FLOAT:
    case Tok::T_DURATION:
    case Tok::T_SIZE:
    case Tok::T_TIME_LIT:
    case Tok::T_STR:
    case Tok::T_FSTRING_BEGIN:
    case Tok::T_LPAREN:
    case Tok::T_LBRACKET:
    case Tok::T_LBRACE:
    case Tok::T_DOT:
    case Tok::T_MINUS:
    case Tok::T_TRY:
    case Tok::T_IF:
    case Tok::T_CASE:
    case Tok::T_NOT:
    case Tok::T_TRUE:
    case Tok::T_FALSE:
    case Tok::T_NONE:
      return true;
    default:
      return false;
  }
}

bool BeginsItem(int kind) {
  switch (kind) {
    case Tok::T_TYPE:
    case Tok::T_SOURCE:
    case Tok::T_SINK:
    case Tok::T_STREAM:
    case Tok::T_LET:
    case Tok::T_FN:
    case Tok::T_PIPE:
    case Tok::T_PARAM:
    case Tok::T_IMPORT:
    case Tok::T_TEST:
    case Tok::T_FROM:
      return true;
    default:
      return false;
  }
}

}  // namespace flow::frontend::parse
