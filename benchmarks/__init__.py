"""What reading costs, as ratios taken in one run. Nothing here is installed or asserted."""
