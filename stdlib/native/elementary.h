#pragma once
// Elementary functions of our own, so that every host and tier gives the same bits
// (docs/semantics.md 12). They work in pairs of doubles, to about 75 bits, and round once at the
// end: nearly always to the nearest float64. Special cases are those of C.

namespace flow::stdlib {

double Exp(double x);
double Log(double x);
double Log2(double x);
double Log10(double x);
double Pow(double x, double y);
double Sin(double x);
double Cos(double x);
double Tan(double x);
double Asin(double x);
double Acos(double x);
double Atan(double x);
double Atan2(double y, double x);

}  // namespace flow::stdlib
