"""A row a second, every third of them of long ago."""

for second in range(20_000):
    at = second if second % 3 else 0
    print(f'{{"t":"2024-01-01T{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}Z","v":{second}}}')
